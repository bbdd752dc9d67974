"""The job on Spark Structured Streaming, in one process (local[2]).

  spark_job.py counts|dedup|lake SERVERS TOPIC OUTPUT CHECKPOINT drain|updates RECORDS_PER_TRIGGER

drain reads to the topic's present end (availableNow) and appends rows to Parquet once their window is closed; updates runs until it is
killed and writes the rows that changed, batch by batch.
"""

import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

LISTEN = ("artist STRING, song STRING, duration DOUBLE, ts LONG, sessionId LONG, auth STRING, level STRING, itemInSession LONG, city STRING, zip STRING, state STRING, "
          "userAgent STRING, lon DOUBLE, lat DOUBLE, userId LONG, lastName STRING, firstName STRING, gender STRING, registration LONG")


def session(heap):
    builder = SparkSession.builder.master("local[2]").appName("peer").config("spark.sql.shuffle.partitions", "2").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.session.timeZone", "UTC").config("spark.driver.memory", heap).config("spark.jars", os.environ["PEERS_SPARK_JARS"])
    return builder.getOrCreate()


def records(spark, servers, topic, limit):
    stream = spark.readStream.format("kafka").option("kafka.bootstrap.servers", servers).option("subscribe", topic).option("startingOffsets", "earliest")
    return (stream.option("maxOffsetsPerTrigger", limit) if limit else stream).load()


def plays(stream, schema, delay):
    return stream.select(f.from_json(f.col("value").cast("string"), schema).alias("play")).select("play.*").withWatermark("timestamp", delay)


def windows(stream):
    counted = stream.groupBy(f.window("timestamp", "1 minute"), "genre").count()
    return counted.select(f.col("window.start").cast("long").alias("window_start"), "genre", "count")


def lake(stream):
    listens = stream.select(f.from_json(f.col("value").cast("string"), LISTEN).alias("listen")).select("listen.*")
    time = f.timestamp_millis("ts")
    return listens.withColumn("year", f.year(time)).withColumn("month", f.month(time)).withColumn("day", f.dayofmonth(time)).withColumn("hour", f.hour(time))


def main():
    job, servers, topic, output, checkpoint, mode, limit = sys.argv[1:]
    stream = records(session("2g" if job == "counts" else "4g"), servers, topic, int(limit))
    if job == "lake":
        writer = lake(stream).writeStream.partitionBy("year", "month", "day", "hour").format("parquet").option("path", output)
    elif job == "dedup":
        once = plays(stream, "genre STRING, timestamp TIMESTAMP, event_id STRING", "10 minutes").dropDuplicatesWithinWatermark(["event_id"])
        writer = windows(once).writeStream.outputMode("append").format("parquet").option("path", output)
    elif mode == "drain":
        writer = windows(plays(stream, "genre STRING, timestamp TIMESTAMP", "10 seconds")).writeStream.outputMode("append").format("parquet").option("path", output)
    else:
        changed = windows(plays(stream, "genre STRING, timestamp TIMESTAMP", "10 seconds"))
        writer = changed.writeStream.outputMode("update").foreachBatch(lambda rows, batch: rows.coalesce(1).write.mode("overwrite").parquet(f"{output}/batch={batch}"))
    if mode == "drain":
        writer = writer.trigger(availableNow=True)
    writer.option("checkpointLocation", checkpoint).start().awaitTermination()


if __name__ == "__main__":
    main()
