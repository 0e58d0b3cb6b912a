// The output streams of flatcheck. What is written has left the process, or is known not to have.

#pragma once

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace flatcheck::cli {

// One line about something that did not work.
inline void Complain(std::string_view message) { fmt::print(stderr, "flatcheck: {}\n", message); }

// Returns whether all of it was written, and complains if not.
[[nodiscard]] inline bool WriteOut(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return true;
  Complain(
      fmt::format("standard output cannot be written: {}", std::generic_category().message(errno)));
  return false;
}

}  // namespace flatcheck::cli
