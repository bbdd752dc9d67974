import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.formats.parquet.avro.AvroParquetWriters;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.WindowedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.SimpleVersionedStringSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.triggers.TriggerResult;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The job on Flink: heap state, exactly-once checkpoints, Parquet files that become visible with the checkpoint that covers them.
 *
 * <p>FlinkJob counts|dedup|lake SERVERS TOPIC OUTPUT CHECKPOINTS CHECKPOINT_MILLISECONDS drain|endless|updates [RESTORE]: drain reads to the topic's present end; endless
 * runs until it is killed; updates as well, and tells open windows every 50 ms. RESTORE is the folder of a checkpoint to go on from.
 */
public final class FlinkJob {
  public static void main(String[] arguments) throws Exception {
    String job = arguments[0], servers = arguments[1], topic = arguments[2], output = arguments[3];
    String ending = arguments[6];
    StreamExecutionEnvironment environment = environment(arguments[4], Long.parseLong(arguments[5]), arguments.length > 7 ? arguments[7] : null);
    if (job.equals("lake")) {
      lake(environment, servers, topic, output);
    } else {
      windows(environment, job, servers, topic, output, ending);
    }
    environment.execute(job);
  }

  private static StreamExecutionEnvironment environment(String checkpoints, long interval, String restore) {
    Configuration settings = new Configuration();
    settings.setString("state.backend.type", "hashmap");
    settings.setString("execution.checkpointing.storage", "filesystem");
    settings.setString("execution.checkpointing.dir", "file://" + checkpoints);
    settings.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    if (restore != null) settings.setString("execution.state-recovery.path", "file://" + restore);
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(2, settings);
    environment.getConfig().enableObjectReuse();
    environment.enableCheckpointing(interval); // exactly once is its default
    return environment;
  }

  private static <T> KafkaSource<T> source(String servers, String topic, boolean endless, KafkaRecordDeserializationSchema<T> reader) {
    KafkaSourceBuilder<T> source = KafkaSource.<T>builder().setBootstrapServers(servers).setTopics(topic).setGroupId("flink")
        .setStartingOffsets(OffsetsInitializer.earliest()).setDeserializer(reader).setProperty("commit.offsets.on.checkpoint", "false");
    return (endless ? source : source.setBounded(OffsetsInitializer.latest())).build();
  }

  private static void windows(StreamExecutionEnvironment environment, String job, String servers, String topic, String output, String ending) {
    WatermarkStrategy<Play> times = WatermarkStrategy.<Play>forBoundedOutOfOrderness(Duration.ofSeconds(10)).withTimestampAssigner((play, before) -> play.millis);
    DataStream<Play> plays = environment.fromSource(source(servers, topic, !ending.equals("drain"), new PlayReader()), times, "plays");
    if (job.equals("dedup")) plays = plays.keyBy(play -> play.eventId).filter(new Unseen());
    WindowedStream<Play, String, TimeWindow> windows = plays.keyBy(play -> play.genre).window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)));
    if (ending.equals("updates")) windows = windows.trigger(new Soon());
    windows.aggregate(new Counter(), new Row()).sinkTo(FileSink.forBulkFormat(new Path(output), AvroParquetWriters.forReflectRecord(WindowCount.class))
        .withBucketAssigner(new BasePathBucketAssigner<>()).withRollingPolicy(OnCheckpointRollingPolicy.build())
        .withOutputFileConfig(OutputFileConfig.builder().withPartSuffix(".parquet").build()).build()).setParallelism(1);
  }

  private static void lake(StreamExecutionEnvironment environment, String servers, String topic, String output) {
    environment.fromSource(source(servers, topic, false, new ListenReader()), WatermarkStrategy.noWatermarks(), "listens")
        .sinkTo(FileSink.forBulkFormat(new Path(output), AvroParquetWriters.forReflectRecord(Listen.class)).withBucketAssigner(new Hours())
            .withRollingPolicy(OnCheckpointRollingPolicy.build()).withOutputFileConfig(OutputFileConfig.builder().withPartSuffix(".parquet").build()).build());
  }

  private static final class PlayReader implements KafkaRecordDeserializationSchema<Play> {
    private transient Play play;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Play> plays) throws IOException {
      if (play == null) play = new Play();
      plays.collect(play.read(record.value()));
    }

    @Override
    public TypeInformation<Play> getProducedType() {
      return TypeInformation.of(Play.class);
    }
  }

  private static final class ListenReader implements KafkaRecordDeserializationSchema<Listen> {
    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Listen> listens) throws IOException {
      listens.collect(Listen.read(record.value()));
    }

    @Override
    public TypeInformation<Listen> getProducedType() {
      return TypeInformation.of(Listen.class);
    }
  }

  /** Lets an event id pass once; remembers it for ten minutes. */
  private static final class Unseen extends RichFilterFunction<Play> {
    private transient ValueState<Boolean> seen;

    @Override
    public void open(OpenContext context) {
      ValueStateDescriptor<Boolean> state = new ValueStateDescriptor<>("seen", Boolean.class);
      state.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofMinutes(10)).build());
      seen = getRuntimeContext().getState(state);
    }

    @Override
    public boolean filter(Play play) throws IOException {
      if (seen.value() != null) return false;
      seen.update(true);
      return true;
    }
  }

  /** Tells a window 50 ms after a play that came to it. Flink's own ContinuousProcessingTimeTrigger fires without end once the clock has passed the end of an event-time window. */
  private static final class Soon extends Trigger<Object, TimeWindow> {
    private static final ValueStateDescriptor<Boolean> WAITING = new ValueStateDescriptor<>("waiting", Boolean.class);

    @Override
    public TriggerResult onElement(Object play, long time, TimeWindow window, TriggerContext context) throws IOException {
      if (context.getPartitionedState(WAITING).value() == null) {
        context.getPartitionedState(WAITING).update(true);
        context.registerProcessingTimeTimer(context.getCurrentProcessingTime() + 50);
      }
      return TriggerResult.CONTINUE;
    }

    @Override
    public TriggerResult onProcessingTime(long time, TimeWindow window, TriggerContext context) {
      context.getPartitionedState(WAITING).clear();
      return TriggerResult.FIRE;
    }

    @Override
    public TriggerResult onEventTime(long time, TimeWindow window, TriggerContext context) {
      return TriggerResult.CONTINUE;
    }

    @Override
    public void clear(TimeWindow window, TriggerContext context) {
      context.getPartitionedState(WAITING).clear();
    }
  }

  private static final class Counter implements AggregateFunction<Play, Long, Long> {
    @Override
    public Long createAccumulator() {
      return 0L;
    }

    @Override
    public Long add(Play play, Long count) {
      return count + 1;
    }

    @Override
    public Long getResult(Long count) {
      return count;
    }

    @Override
    public Long merge(Long left, Long right) {
      return left + right;
    }
  }

  private static final class Row extends ProcessWindowFunction<Long, WindowCount, String, TimeWindow> {
    private transient boolean told;

    @Override
    public void process(String genre, Context context, Iterable<Long> counts, Collector<WindowCount> rows) {
      if (!told) System.out.println("first-row " + System.currentTimeMillis());
      told = true;
      rows.collect(new WindowCount(context.window().getStart() / 1000, genre, counts.iterator().next()));
    }
  }

  /** year=2026/month=03/day=01/hour=05, by event time. */
  private static final class Hours implements BucketAssigner<Listen, String> {
    private transient long hour;
    private transient String folder;

    @Override
    public String getBucketId(Listen listen, Context context) {
      long now = listen.ts / 3_600_000;
      if (folder == null || now != hour) {
        ZonedDateTime time = Instant.ofEpochMilli(listen.ts).atZone(ZoneOffset.UTC);
        folder = String.format("year=%d/month=%02d/day=%02d/hour=%02d", time.getYear(), time.getMonthValue(), time.getDayOfMonth(), time.getHour());
        hour = now;
      }
      return folder;
    }

    @Override
    public SimpleVersionedSerializer<String> getSerializer() {
      return SimpleVersionedStringSerializer.INSTANCE;
    }
  }
}
