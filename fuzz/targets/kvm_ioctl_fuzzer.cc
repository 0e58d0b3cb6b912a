// The fake kernel answers every request on a virtual machine as this host's kernel does, refusals,
// dirty logs, exits and signals among them.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/kvm_call.h"
#include "fuzz/kvm_comparison.h"

namespace {

flatcheck::KvmComparison& Comparison() {
  static flatcheck::KvmComparison comparison;
  return comparison;
}

void PrintTally() {
  const char* reason = Comparison().reason().c_str();
  if (*reason != '\0') std::fprintf(stderr, "KVM: SKIP (%s)\n", reason);
  std::fprintf(stderr, "KVM: %llu ioctls compared\n",
               static_cast<unsigned long long>(Comparison().compared()));
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argument_count*/, char*** /*arguments*/) {
  Comparison();
  std::atexit(PrintTally);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  flatcheck::KvmComparison& comparison = Comparison();
  const std::uint64_t address_end = comparison.capabilities().address_end;
  const auto report = comparison.Compare(flatcheck::DecodeKvmCalls({data, size}, address_end));
  if (report.empty()) return 0;
  std::fputs(report.c_str(), stderr);
  std::abort();
}
