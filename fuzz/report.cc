#include "fuzz/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/line_diff.h"
#include "fuzz/trace_text.h"

namespace flatcheck {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t kWidth = 98;         // Of a line behind its indentation.
constexpr std::size_t kColumnWidth = 47;   // Two of them, the margin and what is between.
constexpr std::size_t kEqualRowsKept = 3;  // Next to a difference.
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kPlain = "\x1b[m";

// Each byte one column: names may hold anything.
std::string Printable(std::string_view text) {
  std::string printable;
  for (const char c : text) {
    const bool is_plain = c >= ' ' && c <= '~';
    printable += c == '\t' ? " " : is_plain ? std::string(1, c) : fmt::format("\\x{:02x}", c & 0xff);
  }
  return printable;
}

Lines SplitLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.push_back(Printable(line));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

// Breaks a printable line at blanks, where it has some; the parts behind the first are indented.
Lines Wrap(std::string_view line, std::size_t width) {
  constexpr std::string_view kIndent = "    ";
  Lines parts;
  std::string indent;
  while (indent.size() + line.size() > width) {
    const std::size_t room = width - indent.size();
    const std::size_t blank = line.rfind(' ', room);
    const bool breaks = blank != std::string_view::npos && blank > room / 2;
    const std::size_t end = breaks ? blank : room;
    parts.push_back(indent + std::string(line.substr(0, end)));
    line.remove_prefix(breaks ? end + 1 : end);
    indent = kIndent;
  }
  parts.push_back(indent + std::string(line));
  return parts;
}

class Writer {
 public:
  explicit Writer(Colour colour) : colour_(colour) {}

  void Heading(const ProgramText& text, const Disagreement& disagreement);
  void Source(const ProgramText& text, std::size_t step);
  void Rows(const std::vector<DiffRow>& rows);
  std::string Finish() { return std::move(out_); }

 private:
  void Line(std::string_view line);
  void Columns(const DiffRow& row, char mark);

  Colour colour_;
  std::string out_;
};

void Writer::Line(std::string_view line) {
  for (const std::string& part : Wrap(line, kWidth)) out_ += "  " + part + '\n';
}

void Writer::Heading(const ProgramText& text, const Disagreement& disagreement) {
  const bool has_line = disagreement.step < text.lines.size();
  const std::string place =
      has_line ? fmt::format("line {}", text.lines[disagreement.step].number) : "the end";
  out_ += Printable(fmt::format("{} ({}) at {}:\n", disagreement.oracle, disagreement.field, place));
  out_.back() = '\n';
  for (const std::string& line : SplitLines(disagreement.message)) Line(line);
}

void Writer::Source(const ProgramText& text, std::size_t step) {
  out_ += "program:\n";
  for (std::size_t i = 0; i < std::min(step + 1, text.lines.size()); ++i) {
    Line(Printable(text.lines[i].text));
  }
}
