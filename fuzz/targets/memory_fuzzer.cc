// Engine and reference read and write alike: bytes and results, calls of devices, dirty pages, RAM
// blocks, mappings and host addresses, translations by IOMMUs and what their notifiers hear.

#include "fuzz/abort_on_disagreement.h"
#include "fuzz/program_codec.h"
#include "fuzz/targets/target.h"

flatcheck::Theme TargetTheme() { return flatcheck::Theme::kMemory; }

extern "C" int LLVMFuzzerInitialize(int* argument_count, char*** arguments) {
  return flatcheck::PreferOptions(argument_count, arguments);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  flatcheck::AbortOnDisagreement(flatcheck::Decode({data, size}), flatcheck::Oracles::kMemory);
  return 0;
}
