// Assertions are the statements of an emitted test that compare what a map does with text.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flatcheck {

// `EXPECT_EQ(actual, "text");`
std::string ExpectText(std::string_view actual, std::string_view text);

// The same for lines, one literal for each: `EXPECT_EQ(actual, "line\n" ...);`
std::string ExpectLines(std::string_view actual, const std::vector<std::string>& lines);

}  // namespace flatcheck
