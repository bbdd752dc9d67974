#include "cli/help.h"

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <utility>

namespace playhead::cli {
namespace {

constexpr std::size_t kFlagColumnWidth = 28;

class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kFlagColumnWidth); }

  std::string make_usage(const CLI::App* app, std::string) const override {
    std::string command = app->get_name();
    for (const CLI::App* parent = app->get_parent(); parent; parent = parent->get_parent()) command.insert(0, parent->get_name() + " ");
    for (const CLI::Option* option : app->get_options([](const CLI::Option* candidate) { return candidate->get_positional(); })) {
      command += " " + option->get_name(true);
    }
    const bool has_commands = !app->get_subcommands([](const CLI::App*) { return true; }).empty();
    return "Usage: " + command + (has_commands ? " COMMAND" : "") + " [FLAGS]\n";
  }

  // The environment variable is left out: its name follows from the flag's, as the program's own help says.
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_size() == 0 || option->get_type_name().empty() ? "" : " " + option->get_type_name();
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string initial = option->get_default_str();
    return option->get_description() + (initial.empty() ? "" : " [" + initial + "]");
  }

  // A command's own help need not repeat the program's flags, only say that they may be given.
  std::string make_footer(const CLI::App* app) const override {
    const std::string also = app->get_parent() ? "Also: the flags of `playhead --help` (--data, --config, --json, --log-level).\n" : "";
    return "\n" + also + app->get_footer() + "\n";
  }

  // CLI11 ends each group with an empty line and begins the next with another.
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::string help = Formatter::make_help(app, std::move(name), mode);
    for (std::size_t at = help.find("\n\n\n"); at != std::string::npos; at = help.find("\n\n\n")) help.erase(at, 1);
    return help;
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> make_help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace playhead::cli
