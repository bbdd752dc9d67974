#include "cli/usage.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "cli/flags.h"
#include "cli/nearest.h"

namespace playhead::cli {
namespace {

// The command that was being given when the line went wrong: the deepest one that was recognized.
const CLI::App* deepest(const CLI::App* app) {
  for (const auto chosen = app->get_subcommands(); !chosen.empty();) return deepest(chosen.front());
  return app;
}

std::vector<std::string> flags_of(const CLI::App* app) {
  std::vector<std::string> names;
  for (; app; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

std::string with_suggestion(std::string message, std::string_view suggestion) {
  if (!suggestion.empty()) message.append(": did you mean ").append(suggestion).append("?");
  return message;
}

std::string full_name(const CLI::App* app) {
  if (!app->get_parent()) return app->get_name();
  return full_name(app->get_parent()) + " " + app->get_name();
}

std::string list_of(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

// The message names the flag first: "--rate: ...". Where the rejected text stands in the flag's variable, that is where it is from.
std::string with_origin(std::string message) {
  const std::string flag = message.substr(0, message.find(':'));
  if (!flag.starts_with("--")) return message;
  const std::string variable = environment_name(flag);
  const char* const value = std::getenv(variable.c_str());
  if (value && message.find("'" + std::string(value) + "'") != std::string::npos) message += " (set by " + variable + ")";
  return message;
}

std::string value_count_message(const CLI::ArgumentMismatch& error) {
  const std::string message = error.what();
  const std::string flag = message.substr(0, message.find(':'));
  return flag + (message.find("At Most") == std::string::npos ? " needs a value" : " may be given only once");
}

}  // namespace

std::string usage_message(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App* command = deepest(&program);
  const std::vector<std::string> left_over = program.remaining(true);
  const auto flag =
      std::find_if(left_over.begin(), left_over.end(), [](const std::string& word) { return word.starts_with('-') && word != "--"; });
  if (flag != left_over.end()) {
    const std::string name = flag->substr(0, flag->find('='));
    return with_suggestion("unknown flag " + name, nearest(name, flags_of(command)));
  }
  const std::vector<std::string> commands = commands_of(*command);
  if (!left_over.empty() && !commands.empty()) {
    const std::string_view suggestion = nearest(left_over.front(), commands);
    const std::string message = "unknown command '" + left_over.front() + "'";
    return suggestion.empty() ? message + ": there are " + list_of(commands)
                              : with_suggestion(message, "'" + std::string(suggestion) + "'");
  }
  if (!left_over.empty()) return "'" + left_over.front() + "' is one argument too many for " + full_name(command);
  if (!commands.empty() && dynamic_cast<const CLI::RequiredError*>(&error))
    return full_name(command) + " needs a command: " + list_of(commands);
  if (const auto* mismatch = dynamic_cast<const CLI::ArgumentMismatch*>(&error)) return value_count_message(*mismatch);
  if (dynamic_cast<const CLI::RequiredError*>(&error)) return full_name(command) + ": " + error.what();
  return with_origin(error.what());
}

}  // namespace playhead::cli
