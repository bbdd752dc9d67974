#include "log/embedded.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "base/bytes.h"
#include "base/random.h"
#include "log/partition_reader.h"
#include "log/partition_writer.h"
#include "log/retention.h"
#include "log/topic_file.h"

namespace playhead::log {
namespace {

constexpr std::uint64_t kTopicFileBytesMax = 4096;
constexpr std::size_t kChunkBytesMax = 1u << 20;
constexpr std::size_t kChunkBytesMin = 64u << 10;
constexpr std::size_t kReaderBytesTarget = 16u << 20;
constexpr std::string_view kLockName = "+lock";
constexpr std::string_view kNewPrefix = "+new-";
constexpr std::string_view kDeletedPrefix = "+deleted-";

PartitionFiles files_of(io::FileSystem& files, const std::string& folder, const TopicDescription& topic, Partition partition) {
  return PartitionFiles(files, folder, bytes_of_hex(topic.id), partition);
}

std::unexpected<Error> no_partition(const TopicDescription& topic, Partition partition) {
  return fail(ErrorKind::kNotFound, "topic '" + topic.options.name + "' has partitions 0 to " +
                                        std::to_string(topic.options.partitions - 1) + ", not " + std::to_string(partition.value));
}

class EmbeddedAppender final : public Appender {
 public:
  EmbeddedAppender(io::FileSystem& files, const Clock& clock, std::string folder, TopicDescription topic, Codec codec)
      : files_(files),
        clock_(clock),
        folder_(std::move(folder)),
        topic_(std::move(topic)),
        codec_(codec),
        writers_(topic_.options.partitions) {}

  const TopicDescription& topic() const override { return topic_; }

  Result<OffsetRange> append(Partition partition, std::span<const Record> records) override {
    if (partition.value >= topic_.options.partitions) return no_partition(topic_, partition);
    return writer(partition).append(records);
  }

 private:
  PartitionWriter& writer(Partition partition) {
    const std::scoped_lock guard(mutex_);
    auto& slot = writers_[partition.value];
    if (!slot) slot = std::make_unique<PartitionWriter>(files_of(files_, folder_, topic_, partition), topic_.options, clock_, codec_);
    return *slot;
  }

  io::FileSystem& files_;
  const Clock& clock_;
  std::string folder_;
  TopicDescription topic_;
  Codec codec_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PartitionWriter>> writers_;
};

class EmbeddedReader final : public Reader {
 public:
  static Result<std::unique_ptr<Reader>> make(io::FileSystem& files, const std::string& folder, TopicDescription topic) {
    const std::size_t chunk = std::clamp(kReaderBytesTarget / topic.options.partitions, kChunkBytesMin, kChunkBytesMax);
    auto reader = std::unique_ptr<EmbeddedReader>(new EmbeddedReader(std::move(topic)));
    std::vector<std::string> marks;
    for (Partition partition; partition.value < reader->topic_.options.partitions; partition = partition.next()) {
      auto partition_files = files_of(files, folder, reader->topic_, partition);
      marks.push_back(partition_files.mark_path());
      TRY_ASSIGN(auto made, PartitionReader::make(std::move(partition_files), reader->topic_.options.clock, chunk));
      reader->partitions_.push_back(std::move(made));
    }
    TRY_ASSIGN(reader->watch_, files.watch(marks));
    return reader;
  }

  const TopicDescription& topic() const override { return topic_; }

  Result<OffsetRange> range(Partition partition) override {
    if (partition.value >= partitions_.size()) return no_partition(topic_, partition);
    return partitions_[partition.value]->range();
  }
  Status read(Partition partition, Offset from, Offset end, RecordBatch& batch) override {
    if (partition.value >= partitions_.size()) return no_partition(topic_, partition);
    return partitions_[partition.value]->read(from, end, batch);
  }
  Result<Offset> offset_at(Partition partition, Timestamp time) override {
    if (partition.value >= partitions_.size()) return no_partition(topic_, partition);
    return partitions_[partition.value]->offset_at(time);
  }
  Status wait(Duration timeout) override {
    TRY(watch_->wait(timeout));
    return {};
  }
  void wake() override { watch_->wake(); }

 private:
  explicit EmbeddedReader(TopicDescription topic) : topic_(std::move(topic)) {}

  TopicDescription topic_;
  std::vector<std::unique_ptr<PartitionReader>> partitions_;
  std::unique_ptr<io::Watch> watch_;
};

// Held while topics come and go; freed when it goes out of scope.
class Held {
 public:
  static Result<Held> take(io::FileSystem& files, const std::string& path) {
    TRY_ASSIGN(auto lock, files.open_lock(path));
    TRY(lock->acquire());
    return Held(std::move(lock));
  }
  Held(Held&&) noexcept = default;
  Held& operator=(Held&&) noexcept = default;
  ~Held() {
    if (lock_) lock_->release();
  }

 private:
  explicit Held(std::unique_ptr<io::FileLock> lock) : lock_(std::move(lock)) {}
  std::unique_ptr<io::FileLock> lock_;
};

class EmbeddedLog final : public Log {
 public:
  EmbeddedLog(io::FileSystem& files, const Clock& clock, EmbeddedOptions options)
      : files_(files), clock_(clock), root_(std::move(options.root)), codec_(options.codec), id_seed_(options.id_seed) {}

  Result<TopicDescription> create_topic(const TopicOptions& options) override;
  Status delete_topic(const std::string& name) override;
  Result<std::vector<TopicDescription>> topics() override;
  Result<TopicDescription> topic(const std::string& name) override;

  Result<std::unique_ptr<Appender>> appender(const std::string& name) override {
    TRY_ASSIGN(auto described, topic(name));
    return std::make_unique<EmbeddedAppender>(files_, clock_, io::join(root_, name), std::move(described), codec_);
  }
  Result<std::unique_ptr<Reader>> reader(const std::string& name) override {
    TRY_ASSIGN(auto described, topic(name));
    return EmbeddedReader::make(files_, io::join(root_, name), std::move(described));
  }
  Result<std::unique_ptr<Group>> join(const GroupOptions&) override {
    return fail(ErrorKind::kInvalid,
                "the embedded log has no groups: one process streams a job, with all cores (--workers). For several, use Kafka "
                "(--bootstrap-servers)");
  }
  Status hold(const std::string& name, const std::string& holder, std::span<const Offset> by_partition) override;
  Status release(const std::string& name, const std::string& holder) override;

 private:
  Result<std::string> new_id(const std::string& name);
  Status build(const std::string& folder, const TopicDescription& topic);
  Status bury(const std::string& folder);
  Status clear_leftovers();

  io::FileSystem& files_;
  const Clock& clock_;
  std::string root_;
  Codec codec_;
  std::uint64_t id_seed_;
};

Result<TopicDescription> EmbeddedLog::create_topic(const TopicOptions& options) {
  TRY(check_options(options));
  TRY(files_.make_folders(root_));
  TRY_ASSIGN(const Held held, Held::take(files_, io::join(root_, kLockName)));
  const std::string folder = io::join(root_, options.name);
  TRY_ASSIGN(const bool taken, files_.exists(folder));
  if (taken) return fail(ErrorKind::kExists, "topic '" + options.name + "' exists already");
  TRY(clear_leftovers());
  TRY_ASSIGN(std::string id, new_id(options.name));
  TopicDescription topic{options, std::move(id)};
  const std::string temporary = io::join(root_, std::string(kNewPrefix) + topic.id);
  TRY(build(temporary, topic));
  TRY(files_.rename_if_absent(temporary, folder));
  TRY(files_.sync_folder(root_));
  return topic;
}

Status EmbeddedLog::build(const std::string& folder, const TopicDescription& topic) {
  TRY(files_.make_folders(io::join(folder, "holds")));
  for (Partition partition; partition.value < topic.options.partitions; partition = partition.next()) {
    const auto partition_files = files_of(files_, folder, topic, partition);
    TRY(files_.make_folders(partition_files.folder()));
    TRY(files_.open(partition_files.segment_path(Offset{}), io::Open::kCreate));
    TRY(files_.open_lock(partition_files.lock_path()));
    TRY(partition_files.write_mark({partition_files.topic_id(), Offset{}, 0, Offset{}, Timestamp{}}));
    TRY(files_.sync_folder(partition_files.folder()));
  }
  TRY(io::write_file_synced(files_, io::join(folder, "topic"), encode_topic(topic)));
  return files_.sync_folder(folder);
}

// The count of topics ever made is in the id, so that ids differ even where every process starts with one seed and the clock stands.
// The caller holds the lock.
Result<std::string> EmbeddedLog::new_id(const std::string& name) {
  TRY_ASSIGN(const auto file, files_.open(io::join(root_, kLockName), io::Open::kCreate));
  std::string bytes;
  TRY(file->read_at(0, sizeof(std::uint64_t), bytes));
  const std::uint64_t count = ByteReader(bytes).number<std::uint64_t>() + 1;
  ByteWriter writer;
  writer.number(count);
  TRY(file->write_at(0, writer.bytes()));
  TRY(file->sync());
  TRY(files_.sync_folder(root_));
  Random chance(Random(id_seed_ + count).next() ^ checksum(name) ^ static_cast<std::uint64_t>(to_micros(clock_.now())));
  const std::array<std::uint64_t, 2> id{chance.next(), chance.next()};
  return hex_of(std::string_view(reinterpret_cast<const char*>(id.data()), kTopicIdBytes));
}

// All partitions' locks are held over the rename, so nobody is in the middle of an append that would then land in a topic made anew.
Status EmbeddedLog::delete_topic(const std::string& name) {
  TRY(topic(name));  // before a lock is made where there is no log
  TRY_ASSIGN(const Held held, Held::take(files_, io::join(root_, kLockName)));
  TRY_ASSIGN(const TopicDescription described, topic(name));
  const std::string folder = io::join(root_, name);
  const std::string away = io::join(root_, std::string(kDeletedPrefix) + described.id);
  {
    std::vector<Held> partitions;
    for (Partition partition; partition.value < described.options.partitions; partition = partition.next()) {
      TRY_ASSIGN(auto lock, Held::take(files_, files_of(files_, folder, described, partition).lock_path()));
      partitions.push_back(std::move(lock));
    }
    TRY(files_.rename(folder, away));
  }
  TRY(files_.sync_folder(root_));
  return bury(away);
}

// Empties the marks first: that wakes readers who sleep on them, and they look for the topic and do not find it.
Status EmbeddedLog::bury(const std::string& folder) {
  TRY_ASSIGN(const auto names, files_.list(folder));
  for (const std::string& name : names) {
    const auto mark = files_.open(io::join(io::join(folder, name), "mark"), io::Open::kWrite);
    if (mark) TRY((*mark)->truncate(0));
  }
  TRY(files_.remove_all(folder));
  return files_.sync_folder(root_);
}

// What a process left that was killed while it made or deleted a topic. The caller holds the lock, so nobody is still at it.
Status EmbeddedLog::clear_leftovers() {
  TRY_ASSIGN(const auto names, files_.list(root_));
  for (const std::string& name : names) {
    if (name.starts_with(kNewPrefix) || name.starts_with(kDeletedPrefix)) TRY(bury(io::join(root_, name)));
  }
  return {};
}

Result<std::vector<TopicDescription>> EmbeddedLog::topics() {
  const auto names = files_.list(root_);
  std::vector<TopicDescription> found;
  if (!names && names.error().kind == ErrorKind::kNotFound) return found;  // no topic was ever made
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!check_name("topic", name)) continue;
    auto described = topic(name);
    if (!described && described.error().kind == ErrorKind::kNotFound) continue;  // deleted meanwhile, or no topic
    if (!described) return std::unexpected(std::move(described.error()));
    found.push_back(*std::move(described));
  }
  return found;
}

Result<TopicDescription> EmbeddedLog::topic(const std::string& name) {
  TRY(check_name("topic", name));
  const std::string path = io::join(io::join(root_, name), "topic");
  const auto bytes = io::read_file(files_, path, kTopicFileBytesMax);
  if (!bytes && bytes.error().kind == ErrorKind::kNotFound)
    return fail(ErrorKind::kNotFound, "there is no topic '" + name + "' in " + root_);
  if (!bytes) return std::unexpected(bytes.error());
  auto described = decode_topic(*bytes);
  if (!described) return std::unexpected(at_place(path, 0, std::move(described.error())));
  return described;
}

Status EmbeddedLog::hold(const std::string& name, const std::string& holder, std::span<const Offset> by_partition) {
  TRY(check_name("holder", holder));
  TRY_ASSIGN(const TopicDescription described, topic(name));
  if (by_partition.size() != described.options.partitions) {
    return fail(ErrorKind::kInvalid, "a hold on topic '" + name + "' names one offset for each of its " +
                                         std::to_string(described.options.partitions) + " partitions, not " +
                                         std::to_string(by_partition.size()));
  }
  return io::replace_file(files_, io::join(io::join(io::join(root_, name), "holds"), hold_file(holder)), encode_hold(by_partition));
}

Status EmbeddedLog::release(const std::string& name, const std::string& holder) {
  TRY(check_name("holder", holder));
  TRY(topic(name));
  const std::string folder = io::join(io::join(root_, name), "holds");
  TRY(files_.remove(io::join(folder, hold_file(holder))));
  return files_.sync_folder(folder);
}

}  // namespace

Result<std::unique_ptr<Log>> make_embedded(io::FileSystem& files, const Clock& clock, EmbeddedOptions options) {
  return std::make_unique<EmbeddedLog>(files, clock, std::move(options));
}

}  // namespace playhead::log
