#include "simulate/csv.h"

namespace playhead::simulate {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

bool CsvReader::next(std::vector<std::string_view>& fields) {
  fields.clear();
  unescaped_.clear();
  broken_ = false;
  for (; at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'); ++at_) next_line_ += text_[at_] == '\n';
  if (at_ == text_.size()) return false;
  line_ = next_line_;
  const std::size_t row = at_;
  while (!broken_) {
    fields.push_back(at_ < text_.size() && text_[at_] == '"' && separator_ != '\t' ? quoted() : plain());
    if (at_ == text_.size() || text_[at_] != separator_) break;
    ++at_;
  }
  if (broken_) {
    at_ = text_.find('\n', row);
    next_line_ = line_;
    if (at_ == std::string_view::npos) at_ = text_.size();
  }
  return true;
}

// Up to the separator or the end of the row, which stays.
std::string_view CsvReader::plain() {
  const std::size_t from = at_;
  while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
  const bool crlf = at_ > from && text_[at_ - 1] == '\r' && (at_ == text_.size() || text_[at_] == '\n');
  return text_.substr(from, at_ - from - (crlf ? 1 : 0));
}

// From the opening quote to behind the closing one. What follows that before the separator is no CSV: the row is broken.
std::string_view CsvReader::quoted() {
  const std::size_t from = at_ + 1;
  bool doubled = false;
  std::size_t end = from;
  for (;; end += 2, doubled = true) {
    end = text_.find('"', end);
    if (end == std::string_view::npos) {
      broken_ = true;
      return {};
    }
    if (end + 1 == text_.size() || text_[end + 1] != '"') break;
  }
  const std::string_view inside = text_.substr(from, end - from);
  for (const char c : inside) next_line_ += c == '\n';
  at_ = end + 1;
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  broken_ = at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n';
  if (!doubled) return inside;
  std::string& single = unescaped_.emplace_back();
  for (std::size_t i = 0; i < inside.size(); ++i) {
    single += inside[i];
    if (inside[i] == '"') ++i;
  }
  return single;
}

}  // namespace playhead::simulate
