// The fake kernel answers every request on a virtual machine as this host's kernel does, refusals,
// dirty logs, exits and signals among them.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/kvm_call.h"
#include "fuzz/kvm_comparison.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static flatcheck::KvmComparison comparison;
  static const bool is_told = [] {
    const char* reason = comparison.reason().c_str();
    if (*reason != '\0') std::fprintf(stderr, "KVM: SKIP (%s)\n", reason);
    return true;
  }();
  static_cast<void>(is_told);
  const std::uint64_t address_end = comparison.capabilities().address_end;
  const auto report = comparison.Compare(flatcheck::DecodeKvmCalls({data, size}, address_end));
  if (report.empty()) return 0;
  std::fputs(report.c_str(), stderr);
  std::abort();
}
