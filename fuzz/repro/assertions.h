// Assertions are the statements of an emitted test that compare what a map does with text; the head
// of the test says what they are about.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fuzz/signature.h"

namespace flatcheck {

// `TEST(ViewsAgree, AddRangeOffset) {` and the line's end.
std::string TestHead(const Signature& signature);

// `EXPECT_EQ(actual, "text");`
std::string ExpectText(std::string_view actual, std::string_view text);

// The same for lines, one literal for each: `EXPECT_EQ(actual, "line\n" ...);`
std::string ExpectLines(std::string_view actual, const std::vector<std::string>& lines);

}  // namespace flatcheck
