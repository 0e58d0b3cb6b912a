#include "fuzz/kvm_call.h"

#include <bit>
#include <cstddef>

namespace flatcheck {
namespace {

using engine::GuestAccess;
using engine::KvmBus;
using engine::KvmCoalescedZone;
using engine::KvmIoEventfd;

constexpr std::uint64_t kPage = 0x1000;
constexpr std::size_t kCallsMax = 200;

// Draws calls from bytes; those behind the last are 0. Most calls meet what earlier ones asked for.
class Draw {
 public:
  Draw(std::span<const std::uint8_t> bytes, std::uint64_t address_end)
      : bytes_(bytes), address_end_(address_end) {}

  bool IsEmpty() const { return bytes_.empty(); }
  std::uint8_t Byte();
  KvmCall Call();

 private:
  bool Often() { return Byte() % 4 != 0; }
  bool Seldom() { return Byte() % 16 == 0; }
  template <class T, std::size_t n>
  T Pick(const T (&choices)[n]) {
    return choices[Byte() % n];
  }
  template <class T>
  const T& Pick(const std::vector<T>& choices) {
    return choices[Byte() % choices.size()];
  }

  std::uint64_t Page();
  // Mostly the address itself, else one inside its page.
  std::uint64_t Unaligned(std::uint64_t address);
  std::uint64_t Place(KvmBus bus);
  KvmBus Bus() { return Byte() % 4 == 0 ? KvmBus::kPortIo : KvmBus::kMmio; }
  std::uint64_t Value();

  std::uint32_t SlotNumber();
  std::uint32_t Flags();
  std::uint64_t SlotSize();
  void GiveHost(KvmSetSlot& call);
  KvmSetSlot NewSlot();
  KvmSetSlot ChangedSlot();
  KvmClearLog ClearLog();
  KvmIoEventfd NewIoEventfd();
  KvmIoEventfd PresentIoEventfd();
  KvmCoalescedZone NewZone();
  KvmCoalescedZone PartOfZone();
  GuestAccess NewAccess();
  GuestAccess AccessToPresent();
  KvmRun Run();

  std::span<const std::uint8_t> bytes_;
  std::uint64_t address_end_;
  std::vector<KvmSetSlot> slots_;  // All asked for so far.
  std::vector<KvmIoEventfd> entries_;
  std::vector<KvmCoalescedZone> zones_;
};

std::uint8_t Draw::Byte() {
  if (bytes_.empty()) return 0;
  const std::uint8_t byte = bytes_.front();
  bytes_ = bytes_.subspan(1);
  return byte;
}

// Where slots begin and writes go.
std::uint64_t Draw::Page() {
  const std::uint64_t page = kPage * (Byte() % 24);
  const std::uint64_t corners[] = {(1ull << 32) - 4 * kPage, (1ull << 32) - 4 * kPage,
                                   address_end_ - 8 * kPage, (1ull << 52) - 4 * kPage,
                                   0 - 8 * kPage};
  return Seldom() ? Pick(corners) + page : page;
}

std::uint64_t Draw::Unaligned(std::uint64_t address) {
  static constexpr std::uint64_t kOffsets[] = {1, 8, 0x800, 0xfff};
  return Byte() % 32 == 0 ? address + Pick(kOffsets) : address;
}

// Where accesses and devices meet.
std::uint64_t Draw::Place(KvmBus bus) {
  static constexpr std::uint64_t kOffsets[] = {0, 1, 2, 4, 8, 0x10, 0xff8, 0xffc, 0xfff};
  static constexpr std::uint64_t kPorts[] = {0x60, 0x70, 0x3f8, 0x1000, 0xfff8, 0xffff, 0x10000};
  const std::uint64_t offset = Pick(kOffsets);
  return bus == KvmBus::kMmio ? Page() + offset : Pick(kPorts) + offset % 0x20;
}

std::uint64_t Draw::Value() {
  static constexpr std::uint64_t kValues[] = {
      0, 1, 0x42, 0x11223344, 0x1122334455667788, 0x44, 0x3344, UINT64_MAX, 0x100};
  return Pick(kValues);
}

std::uint32_t Draw::SlotNumber() {
  static constexpr std::uint32_t kOdd[] = {32764, 0xffff, 1u << 16, 1u << 31, 32760};
  return Seldom() ? Pick(kOdd) : Byte() % 8;
}

std::uint32_t Draw::Flags() {
  static constexpr std::uint32_t kOdd[] = {4, 8, 1u << 31};
  static constexpr std::uint32_t kKnown[] = {0, 1, 1, 1, 2, 3};
  return Seldom() ? Pick(kOdd) : Pick(kKnown);
}

std::uint64_t Draw::SlotSize() {
  static constexpr std::uint64_t kPages[] = {1, 1, 2, 2, 3, 4, 8, 16, 64, 65, 80, 0};
  // Never one that the kernel takes and has to find the memory for.
  static constexpr std::uint64_t kOdd[] = {1, 0xfff, 0x1800, 1ull << 43, 1ull << 63, 0 - kPage};
  return Seldom() ? Pick(kOdd) : Pick(kPages) * kPage;
}

// Host addresses without memory are legal, and bad to access.
void Draw::GiveHost(KvmSetSlot& call) {
  static constexpr std::uint64_t kOdd[] = {
      0,          kPage,     (1ull << 47) - 2 * kPage, (1ull << 47) - kPage, 1ull << 47,
      1ull << 63, 0 - kPage, 0xffff888000000000};
  call.in_arena = !Seldom();
  const std::uint64_t page = Byte() % 64;
  call.slot.host_address = Unaligned(call.in_arena ? page * kPage : Pick(kOdd));
}

KvmSetSlot Draw::NewSlot() {
  KvmSetSlot call;
  call.slot.slot = SlotNumber();
  call.slot.flags = Flags();
  call.slot.guest_address = Unaligned(Page());
  call.slot.size = SlotSize();
  GiveHost(call);
  return call;
}

// One that was asked for before, but for one argument.
KvmSetSlot Draw::ChangedSlot() {
  KvmSetSlot call = Pick(slots_);
  switch (Byte() % 12) {
    case 0:
    case 1:
      call.slot.size = 0;
      break;
    case 2:
      call.slot.size = SlotSize();
      break;
    case 3:
    case 4:
    case 5:
      call.slot.guest_address = Unaligned(Page());
      break;
    case 6:
    case 7:
      call.slot.flags ^= engine::kKvmLogDirtyPages;
      break;
    case 8:
      call.slot.flags = Flags();
      break;
    case 9:
      GiveHost(call);
      break;
    case 10:
      call.slot.slot = SlotNumber();
      break;
    default:
      break;
  }
  return call;
}

KvmClearLog Draw::ClearLog() {
  static constexpr std::uint64_t kFirst[] = {0, 0, 0, 0, 0, 64, 64, 128, 1, 1ull << 32, 0 - 64ull};
  static constexpr std::uint32_t kOdd[] = {0, 63, 64, 65, 128, UINT32_MAX};
  static constexpr std::uint64_t kBits[] = {UINT64_MAX, UINT64_MAX, 0, 1, 0xaaaaaaaaaaaaaaaa};
  KvmClearLog call;
  call.slot = SlotNumber();
  call.first_page = Pick(kFirst);
  call.page_count = Pick(kOdd);
  if (!slots_.empty() && Often()) {
    const KvmSetSlot& slot = Pick(slots_);
    call.slot = slot.slot.slot;
    call.page_count = static_cast<std::uint32_t>(slot.slot.size / kPage - call.first_page);
  }
  call.pages = Pick(kBits);
  return call;
}

KvmIoEventfd Draw::NewIoEventfd() {
  static constexpr std::uint32_t kSizes[] = {0, 1, 2, 4, 4, 8};
  static constexpr std::uint32_t kOdd[] = {3, 16, 5, 6, UINT32_MAX};
  KvmIoEventfd entry;
  entry.bus = Bus();
  entry.address = Place(entry.bus);
  entry.size = Seldom() ? Pick(kOdd) : Pick(kSizes);
  entry.match_data = Byte() % 2 != 0 && (entry.size != 0 || Seldom());
  entry.data = Value();
  entry.notifier = Byte() % kCallNotifiers;
  return entry;
}

// One that was asked for before, now and then with another argument.
KvmIoEventfd Draw::PresentIoEventfd() {
  KvmIoEventfd entry = Pick(entries_);
  const KvmIoEventfd other = Often() ? entry : NewIoEventfd();
  switch (Byte() % 6) {
    case 0:
      entry.address = other.address;
      break;
    case 1:
      entry.size = other.size;
      break;
    case 2:
      entry.match_data = other.match_data;
      break;
    case 3:
      entry.data = other.data;
      break;
    case 4:
      entry.notifier = other.notifier;
      break;
    default:
      entry.bus = other.bus;
      break;
  }
  return entry;
}

KvmCoalescedZone Draw::NewZone() {
  static constexpr std::uint32_t kSizes[] = {1, 2, 4, 8, 0x10, 0x18, 0x1000, 0x2000, 0, 0x1004};
  static constexpr std::uint32_t kOdd[] = {1u << 31, UINT32_MAX};
  KvmCoalescedZone zone;
  zone.bus = Bus();
  zone.address = Place(zone.bus);
  zone.size = Seldom() ? Pick(kOdd) : Pick(kSizes);
  return zone;
}

KvmCoalescedZone Draw::PartOfZone() {
  KvmCoalescedZone zone = Pick(zones_);
  const std::uint8_t byte = Byte();
  zone.address += byte % 8 == 0 ? byte / 8 % 4 : 0;
  zone.size -= byte % 8 == 1 ? byte / 8 % 4 : 0;
  zone.size += byte % 8 == 2 ? 1 : 0;
  return zone;
}

GuestAccess Draw::NewAccess() {
  GuestAccess access;
  access.bus = Bus();
  access.address = Place(access.bus);
  const std::uint8_t byte = Byte();
  access.size = static_cast<std::uint8_t>(1u << (byte % 4));
  access.is_write = byte / 4 % 4 != 0;
  access.address_space = byte / 16 == 15 && Seldom() ? 1 : 0;
  if (access.is_write) access.value = Value();
  return access;
}

// About an end of what was asked for before.
GuestAccess Draw::AccessToPresent() {
  GuestAccess access = NewAccess();
  const std::uint8_t byte = Byte();
  const std::uint64_t slack = byte / 8 % 4 == 0 ? byte / 32 : 0;
  if (byte % 8 < 4 && !slots_.empty()) {
    const engine::KvmMemorySlot& slot = Pick(slots_).slot;
    access.bus = KvmBus::kMmio;
    access.address = slot.guest_address + (byte % 2 == 0 ? slot.size / 2 + 8 * slack : 0) - slack;
  } else if (byte % 8 < 6 && !entries_.empty()) {
    const KvmIoEventfd& entry = Pick(entries_);
    access.bus = entry.bus;
    access.address = entry.address - slack;
    access.is_write = true;
    access.value = entry.data;
    if (std::has_single_bit(entry.size) && entry.size <= 8) {
      access.size = static_cast<std::uint8_t>(entry.size);
    }
  } else if (!zones_.empty()) {
    const KvmCoalescedZone& zone = Pick(zones_);
    access.bus = zone.bus;
    access.address = zone.address + (byte % 2 == 0 ? zone.size - access.size : 0) + slack;
  }
  return access;
}

// Now and then more writes than can be set aside.
KvmRun Draw::Run() {
  const std::uint8_t byte = Byte();
  KvmRun run;
  if (byte == 0xff) {
    run.accesses.assign(180, AccessToPresent());
    return run;
  }
  for (int i = 0; i <= byte % 8; ++i) {
    run.accesses.push_back(Often() ? AccessToPresent() : NewAccess());
  }
  return run;
}

KvmCall Draw::Call() {
  switch (Byte() % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      slots_.push_back(slots_.empty() || !Often() ? NewSlot() : ChangedSlot());
      return slots_.back();
    case 5:
    case 6:
      return KvmGetLog{slots_.empty() || !Often() ? SlotNumber() : Pick(slots_).slot.slot};
    case 7:
      return ClearLog();
    case 8:
    case 9:
      entries_.push_back(entries_.empty() || Often() ? NewIoEventfd() : PresentIoEventfd());
      return KvmAssign{entries_.back()};
    case 10:
      return KvmDeassign{entries_.empty() ? NewIoEventfd() : PresentIoEventfd()};
    case 11:
      zones_.push_back(NewZone());
      return KvmRegister{zones_.back()};
    case 12:
      return KvmUnregister{zones_.empty() ? NewZone() : PartOfZone()};
    default:
      return Run();
  }
}

}  // namespace

KvmCalls DecodeKvmCalls(std::span<const std::uint8_t> bytes, std::uint64_t address_end) {
  Draw draw(bytes, address_end);
  KvmCalls decoded;
  decoded.manual_dirty_log_protect = draw.Byte() % 2 != 0;
  while (!draw.IsEmpty() && decoded.calls.size() < kCallsMax) {
    decoded.calls.push_back(draw.Call());
  }
  return decoded;
}

}  // namespace flatcheck
