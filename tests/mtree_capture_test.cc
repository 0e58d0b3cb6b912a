// Maps of QEMU's own machines are printed as QEMU printed them.

#include "tests/mtree_capture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/print/mtree.h"

namespace flatcheck {
namespace {

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> Machines() {
  std::vector<std::filesystem::path> folders;
  const std::filesystem::path tests = std::filesystem::path(__FILE__).parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(tests / "../corpus/machines")) {
    folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  return folders;
}

TEST(MtreeCapture, MachinesArePrintedAsQemuPrintsThem) {
  const auto machines = Machines();
  ASSERT_GE(machines.size(), 20u);
  for (const auto& machine : machines) {
    SCOPED_TRACE(machine.filename());
    const std::string trees = Content(machine / "tree.txt");
    const std::string views = Content(machine / "flat.txt");
    ASSERT_FALSE(trees.empty() || views.empty());
    const MtreeCapture capture(trees, views);
    ASSERT_EQ(capture.problem(), "");
    const engine::SpaceList spaces = engine::AllSpaces(capture.map());
    EXPECT_EQ(SectionsOf(PrintTrees(spaces, engine::DisabledRegions::kShown)),
              SectionsOf(WithoutOwners(trees)));
    EXPECT_EQ(SectionsOf(PrintFlatViews(spaces, engine::DispatchTrees::kLeftOut)),
              SectionsOf(WithoutAccelerators(views)));
  }
}

}  // namespace
}  // namespace flatcheck
