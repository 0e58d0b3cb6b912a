// The committed corpus is all there. That engine and reference agree with it, `flatcheck replay`
// shows.

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>

namespace flatcheck {
namespace {

std::size_t CountAnswered(const char* folder) {
  const std::filesystem::path tests = std::filesystem::path(__FILE__).parent_path();
  std::size_t vectors = 0;
  for (const auto& entry : std::filesystem::directory_iterator(tests / "../corpus" / folder)) {
    if (entry.path().extension() != ".ops") continue;
    ++vectors;
    std::filesystem::path answer = entry.path();
    EXPECT_TRUE(std::filesystem::exists(answer.replace_extension(".out"))) << entry.path();
  }
  return vectors;
}

TEST(Corpus, EveryVectorHasQemusAnswer) {
  EXPECT_EQ(CountAnswered("vectors"), 165u);
  EXPECT_EQ(CountAnswered("memory-vectors"), 177u);
}

}  // namespace
}  // namespace flatcheck
