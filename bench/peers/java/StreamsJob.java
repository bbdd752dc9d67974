import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/**
 * The job on Kafka Streams: RocksDB state, exactly once (v2). Its results can only go to Kafka: rows "seconds,genre" -> count, the last one of a key counts.
 *
 * <p>StreamsJob counts|dedup SERVERS TOPIC OUTPUT_TOPIC STATE_FOLDER COMMIT_MILLISECONDS END: ends after END plays were counted, and runs until it is killed where END is 0.
 */
public final class StreamsJob {
  private static final Duration DEDUP = Duration.ofMinutes(10);
  private static final LongAdder counted = new LongAdder();
  private static final CountDownLatch done = new CountDownLatch(1);

  public static void main(String[] arguments) throws Exception {
    long end = Long.parseLong(arguments[6]);
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, byte[]> plays = builder.stream(arguments[2], Consumed.with(Serdes.String(), Serdes.ByteArray()).withTimestampExtractor(new EventTime()));
    if (arguments[0].equals("dedup")) {
      builder.addStateStore(Stores.windowStoreBuilder(Stores.persistentWindowStore("seen", DEDUP, DEDUP, false), Serdes.String(), Serdes.ByteArray()));
      plays = plays.processValues(Unseen::new, "seen");
    }
    plays.map((user, record) -> KeyValue.pair(read(record).genre, new byte[0]))
        .repartition(Repartitioned.with(Serdes.String(), Serdes.ByteArray()).withName("genre").withNumberOfPartitions(4))
        .peek((genre, nothing) -> { counted.increment(); if (end > 0 && counted.sum() >= end) done.countDown(); })
        .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofHours(2)))
        .count(Materialized.with(Serdes.String(), Serdes.Long()))
        .toStream((window, count) -> window.window().start() / 1000 + "," + window.key())
        .mapValues(count -> Long.toString(count))
        .to(arguments[3], Produced.with(Serdes.String(), Serdes.String()));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings(arguments));
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
      return null;
    });
    streams.start();
    done.await();
    streams.close(Duration.ofSeconds(60));
  }

  private static Properties settings(String[] arguments) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[3]);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[1]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[4]);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, arguments[5]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64 << 20);
    settings.put(StreamsConfig.WINDOW_STORE_CHANGE_LOG_ADDITIONAL_RETENTION_MS_CONFIG, Duration.ofDays(3650).toMillis()); // the plays are of a past month
    settings.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), 60000);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    settings.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6000); // the broker's smallest, so that a killed one is soon missed
    settings.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 500);
    return settings;
  }

  /** Of the thread that calls it: one play for all records. */
  private static final ThreadLocal<Play> play = ThreadLocal.withInitial(Play::new);

  private static Play read(byte[] record) {
    try {
      return play.get().read(record);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static final class EventTime implements TimestampExtractor {
    @Override
    public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
      // What is read here and what comes back from the topic between the two halves of the job.
      return record.value() instanceof byte[] bytes && bytes.length > 0 ? read(bytes).millis : record.timestamp();
    }
  }

  /** Lets an event id pass once; remembers it for ten minutes of event time. A resent play has its user's key, so it comes to the same store. */
  private static final class Unseen implements FixedKeyProcessor<String, byte[], byte[]> {
    private FixedKeyProcessorContext<String, byte[]> context;
    private WindowStore<String, byte[]> seen;

    @Override
    public void init(FixedKeyProcessorContext<String, byte[]> given) {
      context = given;
      seen = given.getStateStore("seen");
    }

    @Override
    public void process(FixedKeyRecord<String, byte[]> record) {
      Play now = read(record.value());
      try (WindowStoreIterator<byte[]> before = seen.fetch(now.eventId, now.millis - DEDUP.toMillis(), now.millis + DEDUP.toMillis())) {
        if (before.hasNext()) return;
      }
      seen.put(now.eventId, new byte[] {1}, now.millis);
      context.forward(record);
    }
  }
}
