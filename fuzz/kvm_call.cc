#include "fuzz/kvm_call.h"

#include <array>
#include <cstddef>

namespace flatcheck {
namespace {

using engine::GuestAccess;
using engine::KvmBus;
using engine::KvmCoalescedZone;
using engine::KvmIoEventfd;

constexpr std::uint64_t kPage = 0x1000;
constexpr std::size_t kCallsMax = 200;

// Takes choices from bytes; those behind the last are 0.
class Draw {
 public:
  Draw(std::span<const std::uint8_t> bytes, std::uint64_t address_end)
      : bytes_(bytes), address_end_(address_end) {}

  bool IsEmpty() const { return bytes_.empty(); }

  std::uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }

  template <class T, std::size_t n>
  T Pick(const T (&choices)[n]) {
    return choices[Byte() % n];
  }

  // Where slots begin and writes go.
  std::uint64_t Page() {
    const std::uint64_t corners[] = {0,
                                     0,
                                     0,
                                     0,
                                     0,
                                     (1ull << 32) - 4 * kPage,
                                     address_end_ - 8 * kPage,
                                     (1ull << 52) - 4 * kPage,
                                     0 - 8 * kPage};
    const std::uint64_t corner = Pick(corners);
    return corner + Byte() % 24 * kPage;
  }

  // Mostly that of Page, now and then one inside it.
  std::uint64_t Unaligned(std::uint64_t address) {
    static constexpr std::uint64_t kOffsets[] = {1, 8, 0x800, 0xfff};
    const std::uint8_t byte = Byte();
    return byte % 16 != 0 ? address : address + kOffsets[byte / 16 % 4];
  }

  // Where accesses and devices meet.
  std::uint64_t Place(KvmBus bus) {
    static constexpr std::uint64_t kOffsets[] = {0, 1, 2, 4, 8, 0x10, 0xff8, 0xffc, 0xfff};
    const std::uint64_t offset = Pick(kOffsets);
    if (bus == KvmBus::kMmio) return Page() + offset;
    static constexpr std::uint64_t kPorts[] = {0x60, 0x70, 0x3f8, 0x1000, 0xfff8, 0xffff, 0x10000};
    return Pick(kPorts) + offset % 0x20;
  }

  KvmBus Bus() { return Byte() % 4 == 0 ? KvmBus::kPortIo : KvmBus::kMmio; }

  std::uint64_t Value() {
    static constexpr std::uint64_t kValues[] = {
        0, 1, 0x42, 0x11223344, 0x1122334455667788, 0x44, 0x3344, UINT64_MAX, 0x100};
    return Pick(kValues);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::uint64_t address_end_;
};

std::uint32_t DrawSlotNumber(Draw& draw) {
  static constexpr std::uint32_t kNumbers[] = {0, 1,   2, 3,     4,      5,        6,        7, 8,
                                               9, 100, 0, 32764, 0xffff, 1u << 16, 1u << 31, 1, 2};
  return draw.Pick(kNumbers);
}

std::uint64_t DrawSize(Draw& draw) {
  static constexpr std::uint64_t kPages[] = {1, 1, 1, 2, 2, 3, 4, 8, 16, 64, 65, 80, 0, 0, 0};
  // Never one that the kernel takes and has to find the memory for.
  static constexpr std::uint64_t kOdd[] = {1, 0xfff, 0x1800, 1ull << 43, 1ull << 63, 0 - kPage};
  const std::uint8_t byte = draw.Byte();
  return byte % 16 == 15 ? kOdd[byte / 16 % 6] : kPages[byte % 15] * kPage;
}

// Host addresses without memory are legal, and bad to access.
KvmSetSlot DrawSetSlot(Draw& draw) {
  static constexpr std::uint32_t kFlags[] = {0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 8, 1u << 31, 0, 1, 1};
  static constexpr std::uint64_t kHosts[] = {
      0,          kPage,     (1ull << 47) - 2 * kPage, (1ull << 47) - kPage, 1ull << 47,
      1ull << 63, 0 - kPage, 0xffff888000000000};
  KvmSetSlot call;
  call.slot.slot = DrawSlotNumber(draw);
  call.slot.flags = draw.Pick(kFlags);
  call.slot.guest_address = draw.Unaligned(draw.Page());
  call.slot.size = DrawSize(draw);
  const std::uint8_t host = draw.Byte();
  call.in_arena = host % 16 != 0;
  call.slot.host_address = call.in_arena ? host % 5 * 16 * kPage : kHosts[host / 16 % 8];
  call.slot.host_address = draw.Unaligned(call.slot.host_address);
  return call;
}

KvmClearLog DrawClearLog(Draw& draw) {
  static constexpr std::uint64_t kFirst[] = {0, 0, 0, 0, 64, 64, 128, 1, 63, 1ull << 32, 0 - 64ull};
  static constexpr std::uint32_t kCount[] = {0, 1, 2, 3, 4, 8, 16, 63, 64, 65, 80, 128, UINT32_MAX};
  static constexpr std::uint64_t kBits[] = {UINT64_MAX, UINT64_MAX, 0, 1, 0xaaaaaaaaaaaaaaaa};
  return {DrawSlotNumber(draw), draw.Pick(kFirst), draw.Pick(kCount), draw.Pick(kBits)};
}

KvmIoEventfd DrawIoEventfd(Draw& draw) {
  static constexpr std::uint32_t kSizes[] = {0, 0, 1, 2, 4, 4, 8, 8, 3, 16, 5, UINT32_MAX};
  KvmIoEventfd entry;
  entry.bus = draw.Bus();
  entry.address = draw.Place(entry.bus);
  entry.size = draw.Pick(kSizes);
  const std::uint8_t byte = draw.Byte();
  entry.match_data = byte % 2 != 0;
  entry.data = draw.Value();
  entry.notifier = byte / 2 % kCallNotifiers;
  return entry;
}

KvmCoalescedZone DrawZone(Draw& draw) {
  static constexpr std::uint32_t kSizes[] = {1,      2,      4,        8,          0x10, 0x18,
                                             0x1000, 0x2000, 1u << 31, UINT32_MAX, 0,    0x1004};
  KvmCoalescedZone zone;
  zone.bus = draw.Bus();
  zone.address = draw.Place(zone.bus);
  zone.size = draw.Pick(kSizes);
  return zone;
}

GuestAccess DrawAccess(Draw& draw) {
  GuestAccess access;
  access.bus = draw.Bus();
  access.address = draw.Place(access.bus);
  const std::uint8_t byte = draw.Byte();
  access.size = static_cast<std::uint8_t>(1u << (byte % 4));
  access.is_write = byte / 4 % 4 != 0;
  access.address_space = byte / 16 == 15 ? 1 : 0;
  if (access.is_write) access.value = draw.Value();
  return access;
}

// Now and then more writes than can be set aside.
KvmRun DrawRun(Draw& draw) {
  const std::uint8_t byte = draw.Byte();
  KvmRun run;
  if (byte == 0xff) {
    run.accesses.assign(180, DrawAccess(draw));
    return run;
  }
  for (int i = 0; i <= byte % 8; ++i) run.accesses.push_back(DrawAccess(draw));
  return run;
}

KvmCall DrawCall(Draw& draw) {
  switch (draw.Byte() % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return DrawSetSlot(draw);
    case 5:
    case 6:
      return KvmGetLog{DrawSlotNumber(draw)};
    case 7:
      return DrawClearLog(draw);
    case 8:
    case 9:
      return KvmAssign{DrawIoEventfd(draw)};
    case 10:
      return KvmDeassign{DrawIoEventfd(draw)};
    case 11:
      return KvmRegister{DrawZone(draw)};
    case 12:
      return KvmUnregister{DrawZone(draw)};
    default:
      return DrawRun(draw);
  }
}

}  // namespace

KvmCalls DecodeKvmCalls(std::span<const std::uint8_t> bytes, std::uint64_t address_end) {
  Draw draw(bytes, address_end);
  KvmCalls decoded;
  decoded.manual_dirty_log_protect = draw.Byte() % 2 != 0;
  while (!draw.IsEmpty() && decoded.calls.size() < kCallsMax) {
    decoded.calls.push_back(DrawCall(draw));
  }
  return decoded;
}

}  // namespace flatcheck
