// What the fuzz targets whose inputs are programs have in common.

#pragma once

#include <array>
#include <vector>

#include "fuzz/theme.h"

// Each defines it for the mutator that it is linked with (custom_mutator.cc).
flatcheck::Theme TargetTheme();

namespace flatcheck {

// For LLVMFuzzerInitialize: puts an option of libFuzzer's before those that the target was given,
// which count more. The entropic schedule is off: its bookkeeping takes several times as long as a
// program does, and chooses among inputs that matter little, since most programs are new.
inline int PreferOptions(int* argument_count, char*** arguments) {
  static std::array option = std::to_array("-entropic=0");
  static std::vector<char*> words;
  words.assign(*arguments, *arguments + *argument_count);
  words.insert(words.begin() + 1, option.data());
  *argument_count = static_cast<int>(words.size());
  words.push_back(nullptr);
  *arguments = words.data();
  return 0;
}

}  // namespace flatcheck
