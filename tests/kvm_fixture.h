// Some pages of the host that slots may show, and a guest, for tests of any KvmVm.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/kvm/kvm_vm.h"

namespace flatcheck::engine {

class KvmTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kPage = 0x1000;
  static constexpr std::uint64_t kHostPages = 256;

  virtual KvmVm& Vm() = 0;

  // The host address of a page of the test's own memory.
  std::uint64_t Host(std::uint64_t page) const {
    const auto first = reinterpret_cast<std::uint64_t>(memory_.data());
    return (first + kPage - 1) / kPage * kPage + page * kPage;
  }

  // A slot of some pages, the host's from `host_page` on.
  KvmMemorySlot SlotOf(std::uint32_t number, std::uint64_t guest_address, std::uint64_t pages,
                       std::uint64_t host_page = 0, std::uint32_t flags = 0) const {
    return {number, flags, guest_address, pages * kPage, Host(host_page)};
  }

 private:
  std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>((kHostPages + 1) * kPage);
};

}  // namespace flatcheck::engine
