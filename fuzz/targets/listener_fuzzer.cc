// Engine and reference call the same listeners in the same order with the same fields, and what a
// listener heard rebuilds the view that it hears of.

#include "fuzz/abort_on_disagreement.h"
#include "fuzz/program_codec.h"
#include "fuzz/targets/target.h"

flatcheck::Theme TargetTheme() { return flatcheck::Theme::kMap; }

extern "C" int LLVMFuzzerInitialize(int* argument_count, char*** arguments) {
  return flatcheck::PreferOptions(argument_count, arguments);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  flatcheck::AbortOnDisagreement(flatcheck::Decode({data, size}), flatcheck::Oracles::kEvents);
  return 0;
}
