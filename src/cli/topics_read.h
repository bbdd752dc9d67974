// cli/topics_read.h: the command `topics read`: the records of a topic as text or JSON.
//
// Without --follow it reads what is there when it starts, from the oldest record kept, and ends. With --follow it waits for new
// records until stopped, and begins with the newest unless --from-beginning, --from-time or --offset says otherwise, as Kafka's console
// consumer.
// Partitions take turns, a stored block each; within a partition records come in order. With --latest N the newest N come first, over
// all partitions and in the order of their time; they are held in memory, 64 MiB of them at most.
#pragma once

#include <memory>
#include <string>

#include "cli/command.h"
#include "log/log.h"

namespace playhead::cli {

void add_topics_read(CLI::App& topics, Commands& commands);

// The argument NAME that the commands about one topic need.
void name_argument(CLI::App& app, std::string& target);

// The way out of a topic's name that is wrong, behind the message.
inline constexpr const char* kWhichTopics = ": 'playhead topics list' shows those that are";
// The topic's reader; a kNotFound says kWhichTopics.
Result<std::unique_ptr<log::Reader>> reader_of(log::Log& log, const std::string& topic);

}  // namespace playhead::cli
