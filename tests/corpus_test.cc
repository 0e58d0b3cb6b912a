// The committed corpus is all there, and small where fuzzing starts from it. That engine and
// reference agree with it, `flatcheck replay` shows.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace flatcheck {
namespace {

std::filesystem::path Folder(const char* name) {
  return std::filesystem::path(__FILE__).parent_path() / "../corpus" / name;
}

std::size_t CountAnswered(const char* folder) {
  std::size_t vectors = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Folder(folder))) {
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

TEST(Corpus, FuzzingStartsFromLittle) {
  std::size_t files = 0;
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Folder("minimal"))) {
    ++files;
    bytes += entry.file_size();
  }
  EXPECT_GT(files, 0u);
  EXPECT_LE(files, 512u);
  EXPECT_LE(bytes, 128u * 1024);
}

}  // namespace
}  // namespace flatcheck
