#include "fuzz/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "fuzz/line_diff.h"
#include "fuzz/printable.h"
#include "fuzz/trace_text.h"

namespace flatcheck {
namespace {

using Lines = std::vector<std::string>;

// Two columns of margin, then a line, or two columns of one with three between.
constexpr std::size_t kLineWidth = 98;
constexpr std::size_t kColumnWidth = 47;
constexpr std::size_t kEqualRowsKept = 3;  // On each side of a difference.

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kReset = "\x1b[m";

Lines PrintableLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.push_back(Printable(line));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

// Breaks a line at blanks if it has some. The parts behind the first are indented.
Lines Wrap(std::string_view line, std::size_t width) {
  Lines parts;
  std::string indent;
  while (indent.size() + line.size() > width) {
    const std::size_t room = width - indent.size();
    const std::size_t blank = line.rfind(' ', room);
    const bool at_blank = blank != std::string_view::npos && blank > room / 2;
    const std::size_t size = at_blank ? blank : room;
    parts.push_back(indent + std::string(line.substr(0, size)));
    line.remove_prefix(at_blank ? size + 1 : size);
    indent = "    ";
  }
  parts.push_back(indent + std::string(line));
  return parts;
}

std::string Indented(const Lines& lines) {
  std::string out;
  for (const std::string& line : lines) {
    for (const std::string& part : Wrap(line, kLineWidth)) out += "  " + part + '\n';
  }
  return out;
}

std::string ProgramUpTo(const ProgramText& text, std::size_t step) {
  std::string source;
  const std::size_t count = std::min(step + 1, text.lines.size());
  for (const SourceLine& line : std::span(text.lines).first(count)) source += line.text + '\n';
  return Indented(PrintableLines(source));
}

// What the text of a trace leaves out.
std::string SharingOf(const ProgramText& text, const Trace& trace, std::size_t step) {
  std::string out;
  const Extent extent = trace.steps[step].views;
  for (std::uint32_t i = extent.begin; i < extent.end; ++i) {
    const ViewSeen& view = trace.views[i];
    if (view.shares_with == view.space) continue;
    out += fmt::format("{} shows the view of {}\n", text.names.Of(view.space),
                       text.names.Of(view.shares_with));
  }
  return out;
}

Lines Observations(const ProgramText& text, const Trace& trace, std::size_t step) {
  if (step >= trace.steps.size() || step >= text.lines.size()) return {};
  std::string out;
  PrintStep(text, trace, step, out);
  return PrintableLines(out + SharingOf(text, trace, step));
}

std::string Columns(const DiffRow& row, char mark, Colour colour) {
  const Lines left = Wrap(row.left.value_or("(nothing)"), kColumnWidth);
  const Lines right = Wrap(row.right.value_or("(nothing)"), kColumnWidth);
  std::string out;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    std::string line =
        fmt::format("{} {:<{}} | {}", i == 0 ? mark : ' ', i < left.size() ? left[i] : "",
                    kColumnWidth, i < right.size() ? right[i] : "");
    line.erase(line.find_last_not_of(' ') + 1);
    out += colour == Colour::kTerminal ? fmt::format("{}{}{}\n", kRed, line, kReset) : line + '\n';
  }
  return out;
}

std::string EqualRows(std::span<const DiffRow> rows, std::size_t head, std::size_t tail) {
  Lines lines;
  const std::size_t hidden = rows.size() - std::min(rows.size(), head + tail);
  const bool elides = hidden > 1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool shown = !elides || i < head || i >= head + hidden;
    if (shown) lines.push_back(*rows[i].left);
    if (elides && i == head) lines.push_back(fmt::format("... {} equal lines", hidden));
  }
  return Indented(lines);
}

std::string SideBySide(std::span<const DiffRow> rows, Colour colour) {
  std::string out;
  char mark = '>';
  for (bool is_first = true; !rows.empty(); is_first = false) {
    const auto differs = [](const DiffRow& row) { return !row.IsEqual(); };
    const auto equal = static_cast<std::size_t>(std::ranges::find_if(rows, differs) - rows.begin());
    const bool is_last = equal == rows.size();
    out += EqualRows(rows.first(equal), is_first ? 1 + kEqualRowsKept : kEqualRowsKept,
                     is_last && !is_first ? 0 : kEqualRowsKept);
    rows = rows.subspan(equal);
    for (; !rows.empty() && differs(rows.front()); rows = rows.subspan(1)) {
      out += Columns(rows.front(), mark, colour);
      mark = '~';
    }
  }
  return out;
}

std::string Place(const ProgramText& text, std::size_t step) {
  return step < text.lines.size() ? fmt::format("line {}", text.lines[step].number) : "the end";
}

}  // namespace

std::string Report(const ProgramText& text, TracePair traces, const Disagreement& disagreement,
                   Colour colour) {
  const std::size_t step = disagreement.step;
  const std::vector<DiffRow> rows =
      DiffLines(Observations(text, traces.actual, step), Observations(text, traces.expect, step));
  std::string out =
      fmt::format("{} ({}) at {}:\n", disagreement.oracle, disagreement.field, Place(text, step));
  out += Indented(PrintableLines(disagreement.message));
  out += "program:\n" + ProgramUpTo(text, step);
  out += fmt::format("{:<{}} | reference\n", "engine", kColumnWidth + 2);
  return out + SideBySide(rows, colour);
}

std::string Report(const ProgramText& text, const Failure& failure) {
  std::string out = fmt::format("{} at {}:\n", failure.signature.oracle, Place(text, failure.step));
  out += Indented(PrintableLines(failure.message));
  out += "program:\n" + ProgramUpTo(text, failure.step);
  if (!failure.printed.empty()) out += "printed:\n" + Indented(PrintableLines(failure.printed));
  return out;
}

}  // namespace flatcheck
