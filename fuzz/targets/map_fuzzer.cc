// Engine and reference refuse alike, publish the same views, translate and find alike at every edge
// and in every hole, and list the map in the same words; and the engine keeps the laws that relate
// programs.

#include "fuzz/abort_on_disagreement.h"
#include "fuzz/program_codec.h"
#include "fuzz/targets/target.h"

flatcheck::Theme TargetTheme() { return flatcheck::Theme::kMap; }

extern "C" int LLVMFuzzerInitialize(int* argument_count, char*** arguments) {
  return flatcheck::PreferOptions(argument_count, arguments);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  flatcheck::AbortOnDisagreement(flatcheck::Decode({data, size}), flatcheck::Oracles::kMap);
  return 0;
}
