// The fake kernel: what it refuses, what it keeps, and where writes go (memory-map 8.8 to 8.10).

#include "engine/kvm/fake_kvm_vm.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "tests/kvm_fixture.h"

namespace flatcheck::engine {
namespace {

class FakeKvmVmTest : public KvmTest {
 protected:
  KvmVm& Vm() override { return vm_; }
  FakeKvmVm vm_;
};

TEST_F(FakeKvmVmTest, SlotsThatNoAddressFitsAreRefused) {
  struct Case {
    const char* rule;
    KvmMemorySlot slot;
  };
  const std::uint64_t host = Host(0);
  const Case cases[] = {
      {"an unknown flag", {0, 1u << 3, 0x1000, kPage, host}},
      {"guest_memfd", {0, 1u << 2, 0x1000, kPage, host}},
      {"a size of no whole pages", {0, 0, 0x1000, kPage + 1, host}},
      {"a guest address inside a page", {0, 0, 0x1800, kPage, host}},
      {"a host address inside a page", {0, 0, 0x1000, kPage, host + 8}},
      {"a host address of the kernel", {0, 0, 0x1000, kPage, 1ull << 63}},
      {"host addresses that reach the kernel", {0, 0, 0x1000, 2 * kPage, (1ull << 47) - 2 * kPage}},
      {"host addresses that wrap", {0, 0, 0x1000, 2 * kPage, 0 - kPage}},
      {"an address space too many", {1u << 16, 0, 0x1000, kPage, host}},
      {"a slot number too many", {32764, 0, 0x1000, kPage, host}},
      {"the last number there is", {0xffff, 0, 0x1000, kPage, host}},
      {"guest addresses that wrap", {0, 0, 0 - kPage, 2 * kPage, host}},
      {"guest addresses up to 2^64", {0, 0, 0 - kPage, kPage, host}},
      {"too many pages", {0, 0, 0, 1ull << 43, 0}},
      {"the end of guest addresses", {0, 0, (1ull << 48) - kPage, 2 * kPage, host}},
      {"nothing to delete", {0, 0, 0x1000, 0, host}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    EXPECT_EQ(vm_.SetMemorySlot(c.slot), EINVAL);
    EXPECT_TRUE(vm_.slots().empty());
  }
}

}  // namespace
}  // namespace flatcheck::engine
