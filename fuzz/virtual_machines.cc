#include "fuzz/virtual_machines.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <variant>

#include "engine/kvm/compared_kvm_vm.h"
#include "engine/kvm/fake_kvm_vm.h"
#include "engine/kvm/linux_kvm_vm.h"
#include "fuzz/engine_hypervisor.h"
#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/reference_hypervisor.h"

namespace flatcheck {
namespace {

// In bytes.
struct Ram {
  std::uint64_t greatest = 0;  // Block.
  std::uint64_t total = 0;
  std::uint32_t blocks = 0;
};

Ram RamOf(const Program& program) {
  Ram ram;
  for (const Operation& operation : program.operations) {
    std::uint64_t size = 0;
    std::visit(
        [&size]<class Op>(const Op& o) {
          if constexpr (std::is_same_v<Op, op::ResizeableRam>) {
            size = o.size_max.value;
          } else if constexpr (kIsOneOf<Op, op::Ram, op::Rom, op::RomDevice, op::RamDevice>) {
            size = o.size.value;
          }
        },
        operation);
    // What a map refuses takes no slots.
    if (size > limits::kRamBytesMax) continue;
    ram.greatest = std::max(ram.greatest, size);
    ram.total += size;
    if (size != 0) ++ram.blocks;
  }
  return ram;
}

template <class Op>
bool Has(const Program& program) {
  return std::ranges::any_of(program.operations, [](const Operation& operation) {
    return std::holds_alternative<Op>(operation);
  });
}

}  // namespace

// Used by one program after the other.
struct VirtualMachines::Real {
  std::unique_ptr<engine::LinuxKvmVm> host;
  std::shared_ptr<engine::FakeKvmVm> fake;
  std::shared_ptr<engine::ComparedKvmVm> compared;
};

std::string VirtualMachines::WhyNotReal() { return engine::LinuxKvmVm::Open({}).reason; }

VirtualMachines::VirtualMachines(Kernel kernel) : kernel_(kernel) {
  if (kernel == Kernel::kReal) why_fake_ = WhyNotReal();
}

VirtualMachines::~VirtualMachines() = default;

bool VirtualMachines::IsTooLarge(const Program& program) const {
  return kernel_ == Kernel::kReal && RamOf(program).total > kRealRamBytesMax;
}

VirtualMachines::Real* VirtualMachines::RealFor(const Program& program) {
  if (kernel_ == Kernel::kFake || !why_fake_.empty() || IsTooLarge(program)) return nullptr;
  const bool clears_logs = Has<op::LogClear>(program);
  std::unique_ptr<Real>& real = real_[clears_logs ? 1 : 0];
  const bool is_used = real != nullptr && real->compared.use_count() > 1;
  if (real != nullptr && (is_used || IsEmpty(*real->fake))) return real.get();
  auto opened = engine::LinuxKvmVm::Open({.manual_dirty_log_protect = clears_logs});
  if (opened.vm == nullptr) {
    why_fake_ = opened.reason;
    return nullptr;
  }
  real = std::make_unique<Real>();
  real->host = std::move(opened.vm);
  real->fake = std::make_shared<engine::FakeKvmVm>(real->host->capabilities());
  real->compared = std::make_shared<engine::ComparedKvmVm>(*real->host, *real->fake);
  return real.get();
}

HypervisorOptions VirtualMachines::OptionsFor(const Program& program) {
  constexpr std::uint64_t kLargePagesRamBytesMax = 1ull << 20;
  constexpr std::uint64_t kSlotBytesMin = 4 * limits::kPageSize;
  HypervisorOptions options;
  // Most often what is large is cut; a slot of many pages has a log of several words.
  const std::uint64_t greatest = RamOf(program).greatest;
  const std::uint64_t cut = Has<op::Coalesce>(program) ? greatest : greatest / 4;
  options.slot_bytes_max = std::max(kSlotBytesMin, std::bit_floor(cut));
  if (const Real* real = RealFor(program)) {
    options.capabilities = real->host->capabilities();
  } else {
    options.capabilities.address_spaces = Has<op::Unmergeable>(program) ? 1 : 2;
    // The engine stops at the most slots there may be, whether or not the kernel has room for them.
    options.is_short_of_memory = Has<op::AliasOffset>(program);
    if (!options.is_short_of_memory) {
      options.capabilities.slots_max = std::max(4u, 4 * RamOf(program).blocks);
    }
    options.capabilities.readonly_memory =
        Has<op::Readonly>(program) || !Has<op::RomdMode>(program);
    options.capabilities.manual_dirty_log_protect = Has<op::LogClear>(program);
    options.capabilities.coalesced_mmio = !Has<op::Reservation>(program);
    options.capabilities.coalesced_pio = !Has<op::RamDevice>(program);
    // Memory that can be resized is the map's own, and begins anywhere in a large page.
    const bool has_large_pages = Has<op::Nonvolatile>(program) &&
                                 !Has<op::ResizeableRam>(program) &&
                                 RamOf(program).total <= kLargePagesRamBytesMax;
    options.capabilities.page_size = limits::kPageSize * (has_large_pages ? 4 : 1);
  }
  return options;
}

std::unique_ptr<Machine> VirtualMachines::NewReference(const Program& program) {
  return std::make_unique<ReferenceUnderKvm>(OptionsFor(program));
}

// The real VM serves one machine at a time.
std::unique_ptr<Machine> VirtualMachines::NewEngine(const Program& program) {
  const HypervisorOptions options = OptionsFor(program);
  Real* const real = RealFor(program);
  if (real != nullptr && real->compared.use_count() == 1) {
    return std::make_unique<EngineUnderKvm>(real->compared, real->fake, options);
  }
  engine::FakeKvmVm::LacksRoom lacks_room;
  if (options.is_short_of_memory) {
    lacks_room = [](const engine::KvmMemorySlot& slot) {
      return LacksRoom(slot.guest_address, (slot.flags & engine::kKvmReadonly) != 0);
    };
  }
  return std::make_unique<EngineUnderKvm>(
      std::make_shared<engine::FakeKvmVm>(options.capabilities, std::move(lacks_room)), options);
}

Differential UnderKvm(Oracles oracles, const std::shared_ptr<VirtualMachines>& machines) {
  return Differential(
      oracles, [machines](const Program& program) { return machines->NewReference(program); },
      [machines](const Program& program) { return machines->NewEngine(program); });
}

}  // namespace flatcheck
