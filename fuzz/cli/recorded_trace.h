// A recorded trace is the .out file beside a program: what the map did when somebody else ran it.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flatcheck::cli {

// The first line that differs, with the lines before it, for people; nothing if the traces agree.
std::optional<std::string> CompareTraces(std::string_view recorded, std::string_view actual);

}  // namespace flatcheck::cli
