#include "fuzz/crash_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstddef>
#include <optional>

namespace flatcheck {
namespace {

constexpr auto kNone = std::string_view::npos;

// The line that holds the words.
std::string_view LineWith(std::string_view text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == kNone) return {};
  const std::size_t before = text.rfind('\n', at);
  const std::size_t begin = before == kNone ? 0 : before + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

std::string_view After(std::string_view line, std::string_view words) {
  return line.substr(line.find(words) + words.size());
}

// "signed integer overflow: 1 + 2" becomes signed-integer-overflow: what comes between numbers or
// names, as one word.
std::string Word(std::string_view words) {
  std::string word;
  const std::size_t letter =
      words.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  words.remove_prefix(std::min(letter, words.size()));
  for (const char c : words) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalpha(byte) != 0) {
      word += static_cast<char>(std::tolower(byte));
    } else if (c == ' ' || c == '-') {
      word += '-';
    } else {
      break;
    }
  }
  word.erase(word.find_last_not_of('-') + 1);
  return word;
}

// The file's own name in "folder/file.cc:12:3: ...".
std::string FileIn(std::string_view place) {
  const std::string_view path = place.substr(0, place.find(':'));
  return std::string(path.substr(path.rfind('/') + 1));
}

std::optional<CrashReport> Assertion(std::string_view printed) {
  const std::string_view line = LineWith(printed, ": Assertion `");
  if (line.empty()) return std::nullopt;
  return CrashReport{"assertion", FileIn(After(line, ": ")), std::string(line)};
}

// UndefinedBehaviorSanitizer: "file.cc:12:3: runtime error: signed integer overflow: ...".
std::optional<CrashReport> Undefined(std::string_view printed) {
  const std::string_view line = LineWith(printed, ": runtime error: ");
  if (line.empty()) return std::nullopt;
  return CrashReport{Word(After(line, ": runtime error: ")), FileIn(line), std::string(line)};
}

// "==1==ERROR: AddressSanitizer: attempting double-free on 0x...", and in the end
// "SUMMARY: AddressSanitizer: double-free file.cc:1:2 in Function".
std::optional<CrashReport> Memory(std::string_view printed) {
  std::string_view words = LineWith(printed, "ERROR: AddressSanitizer: ");
  if (words.empty()) return std::nullopt;
  words = After(words, "ERROR: AddressSanitizer: ");
  const std::string_view summary = LineWith(printed, "SUMMARY: AddressSanitizer: ");
  if (!summary.empty()) words = After(summary, "SUMMARY: AddressSanitizer: ");
  // What follows the kind are addresses, which differ from run to run.
  const std::string kind(words.substr(0, words.find_first_of(" :")));
  return CrashReport{kind, "", "AddressSanitizer: " + kind};
}

std::optional<CrashReport> Exception(std::string_view printed) {
  const std::string_view line = LineWith(printed, "uncaught exception: ");
  if (line.empty()) return std::nullopt;
  return CrashReport{"exception", "", std::string(line)};
}

}  // namespace

CrashReport ReadCrash(std::string_view printed, int signal) {
  for (const auto read : {Assertion, Undefined, Memory, Exception}) {
    if (auto report = read(printed)) return *std::move(report);
  }
  switch (signal) {
    case SIGSEGV:
      return {"SIGSEGV", "", "ended by SIGSEGV"};
    case SIGABRT:
      return {"SIGABRT", "", "ended by SIGABRT"};
    case SIGBUS:
      return {"SIGBUS", "", "ended by SIGBUS"};
    case SIGFPE:
      return {"SIGFPE", "", "ended by SIGFPE"};
    case SIGILL:
      return {"SIGILL", "", "ended by SIGILL"};
    case SIGKILL:
      return {"SIGKILL", "", "ended by SIGKILL, as a system does that is out of memory"};
    default:
      return {"exit", "", fmt::format("ended without an answer, by signal {}", signal)};
  }
}

}  // namespace flatcheck
