// Trials of scripts that stand for the targets.

#include "fuzz/mutants/trial.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace flatcheck {
namespace {

using Path = std::filesystem::path;

// Of one that fuzzes; one that runs an input goes on after it.
constexpr const char* kFindsAtOnce =
    "for word; do case $word in -exact_artifact_path=*)\n"
    "  echo \"SUMMARY: found\"; echo input > \"${word#*=}\"; exit 77 ;; esac; done\n";
constexpr const char* kSleeps = "exec sleep 1000\n";
constexpr const char* kComputes = "while :; do :; done\n";

class Trials : public testing::Test {
 protected:
  Trials() {
    std::filesystem::create_directories(folder_);
    for (const char* name : {"map_fuzzer", "listener_fuzzer", "memory_fuzzer", "kvm_fuzzer"}) {
      WriteScript(name, kSleeps);
    }
    WriteScript("flatcheck", "echo 'traces_agree-add: 12 operations to 3 in 5 executions'\n");
  }
  ~Trials() override { std::filesystem::remove_all(folder_); }

  void WriteScript(const char* name, const std::string& text) const {
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << text;
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }

  TrialResult Run(double seconds_max) const {
    return RunTrial({.mutant = "mutant",
                     .seconds_max = seconds_max,
                     .without = {},
                     .binaries = folder_,
                     .scratch = folder_ / "scratch"});
  }

  const Path folder_ = Path(testing::TempDir()) / ("trials-" + std::to_string(getpid()));
};

TEST_F(Trials, WhatFailsOnItsInputAgainIsFound) {
  WriteScript("memory_fuzzer", std::string(kFindsAtOnce) + "[ -z \"$FLATCHECK_MUTANT\" ]\n");
  const TrialResult result = Run(60);
  EXPECT_TRUE(result.is_found);
  EXPECT_EQ(result.target, "memory_fuzzer");
  EXPECT_EQ(result.signature, "traces_agree-add");
  EXPECT_EQ(result.operations, 3u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "scratch"));
}

TEST_F(Trials, WhatNothingIsLeftOfHasTheTargetsOwnWords) {
  WriteScript("flatcheck", "exit 2\n");
  WriteScript("map_fuzzer", std::string(kFindsAtOnce) + "[ -z \"$FLATCHECK_MUTANT\" ]\n");
  const TrialResult result = Run(60);
  EXPECT_TRUE(result.is_found);
  EXPECT_EQ(result.signature, "SUMMARY: found");
  EXPECT_EQ(result.operations, 0u);
}

TEST_F(Trials, WhatFailsWithoutTheMutantIsNotFound) {
  WriteScript("kvm_fuzzer", std::string(kFindsAtOnce) + "exit 70\n");
  const TrialResult result = Run(60);
  EXPECT_FALSE(result.is_found);
  EXPECT_EQ(result.signature, "fails without the mutant, too: no report");
}

TEST_F(Trials, WhatDoesNotFailAgainIsNotFound) {
  WriteScript("kvm_fuzzer", std::string(kFindsAtOnce) + "exit 0\n");
  const TrialResult result = Run(60);
  EXPECT_FALSE(result.is_found);
  EXPECT_EQ(result.signature, "does not fail again");
}

TEST_F(Trials, EndWhenTheirTimeIsUp) {
  WriteScript("map_fuzzer", std::string("echo reached > \"$FLATCHECK_MUTANT_NOTE\"\n") + kComputes);
  const TrialResult result = Run(0.2);
  EXPECT_FALSE(result.is_found);
  EXPECT_TRUE(result.is_reached);
  EXPECT_FALSE(result.is_infected);
  EXPECT_GE(result.seconds, 0.19);
  EXPECT_EQ(result.signature, "");
}

TEST_F(Trials, WhatIsFoundTooLateIsNotFound) {
  WriteScript("map_fuzzer", std::string(kFindsAtOnce) + "[ -z \"$FLATCHECK_MUTANT\" ]\n");
  const TrialResult result = Run(0.0001);
  EXPECT_FALSE(result.is_found);
  EXPECT_EQ(result.signature, "");
}

// The line that a trial ends with that cannot go on.
std::string ErrorOf(const auto& run) {
  try {
    run();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST_F(Trials, ATargetThatEndsWithoutAnInputIsNoResult) {
  WriteScript("listener_fuzzer", "echo first; echo last; exit 127\n");
  EXPECT_EQ(ErrorOf([this] { Run(60); }),
            "listener_fuzzer ended with status 127 and no verdict: last");
}

TEST_F(Trials, ATargetThatIsKilledIsNoResult) {
  WriteScript("listener_fuzzer", "kill -9 $$\n");
  EXPECT_EQ(ErrorOf([this] { Run(60); }),
            "listener_fuzzer ended with status 137 and no verdict: it printed nothing");
}

TEST_F(Trials, ATargetThatIsKilledOnItsInputIsNoResult) {
  WriteScript("listener_fuzzer", std::string(kFindsAtOnce) + "kill -9 $$\n");
  EXPECT_EQ(ErrorOf([this] { Run(60); }),
            "listener_fuzzer ended with status 137 and no verdict: it printed nothing");
}

TEST_F(Trials, ProgramsAreThereOrAreMissing) {
  EXPECT_TRUE(HasPrograms(folder_));
  std::filesystem::remove(folder_ / "kvm_fuzzer");
  EXPECT_FALSE(HasPrograms(folder_));
}

TEST_F(Trials, TheDigestIsOfWhatProgramsHold) {
  const std::string digest = DigestOfPrograms(folder_);
  WriteScript("kvm_fuzzer", kSleeps);
  EXPECT_EQ(DigestOfPrograms(folder_), digest);
  WriteScript("kvm_fuzzer", kComputes);
  EXPECT_NE(DigestOfPrograms(folder_), digest);
  std::filesystem::remove(folder_ / "kvm_fuzzer");
  EXPECT_THROW(DigestOfPrograms(folder_), std::runtime_error);
}

}  // namespace
}  // namespace flatcheck
