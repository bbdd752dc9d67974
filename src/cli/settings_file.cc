#include "cli/settings_file.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <algorithm>
#include <cstdlib>
#include <istream>
#include <string_view>
#include <vector>

#include "cli/nearest.h"

namespace playhead::cli {
namespace {

bool is_table_mark(const CLI::ConfigItem& item) { return item.name == "++" || item.name == "--"; }

// The App that the item's table names; null: there is none.
CLI::App* table_of(CLI::App& program, const CLI::ConfigItem& item) {
  CLI::App* app = &program;
  for (const std::string& name : item.parents) {
    const auto found = app->get_subcommands([&](const CLI::App* command) { return command->get_name() == name; });
    if (found.empty()) return nullptr;
    app = found.front();
  }
  return app;
}

std::vector<std::string> keys_of(const CLI::App& app) {
  std::vector<std::string> keys;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_configurable() && !option->get_lnames().empty()) keys.push_back(option->get_lnames().front());
  }
  return keys;
}

bool set_by_environment(const CLI::Option& option) {
  const char* value = std::getenv(option.get_envname().c_str());
  return value && *value;
}

class SettingsReader final : public CLI::ConfigTOML {
 public:
  explicit SettingsReader(CLI::App& program) : program_(program) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> kept;
    for (CLI::ConfigItem& item : CLI::ConfigTOML::from_config(input)) {
      CLI::App* const app = table_of(program_, item);
      if (!app) refuse("table '[" + item.parents.back() + "]'", {});
      if (is_table_mark(item)) continue;
      const CLI::Option* const option = app->get_option_no_throw("--" + item.name);
      if (!option || !option->get_configurable()) refuse("key '" + item.fullname() + "'", nearest(item.name, keys_of(*app)));
      if (!set_by_environment(*option)) kept.push_back(std::move(item));
    }
    return kept;
  }

 private:
  [[noreturn]] void refuse(const std::string& what, std::string_view suggestion) const {
    const auto files = program_.get_config_ptr()->as<std::vector<std::string>>();
    std::string message = (files.empty() ? "the settings file" : files.front()) + ": unknown " + what;
    if (!suggestion.empty()) message.append(": did you mean '").append(suggestion).append("'?");
    throw CLI::ConfigError(message);
  }

  CLI::App& program_;
};

}  // namespace

std::shared_ptr<CLI::Config> make_settings_reader(CLI::App& program) { return std::make_shared<SettingsReader>(program); }

}  // namespace playhead::cli
