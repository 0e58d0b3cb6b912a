#include "fuzz/virtual_machines.h"

#include <unistd.h>

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

struct Ram {
  std::uint64_t greatest = 0;  // Block, in bytes.
  std::uint64_t total = 0;     // No more than UINT64_MAX.
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
  }
  return ram;
}

template <class Op>
bool Has(const Program& program) {
  return std::ranges::any_of(program.operations, [](const Operation& operation) {
    return std::holds_alternative<Op>(operation);
  });
}

bool ClearsLogs(const Program& program) {
  return Has<op::LogClear>(program) || Has<op::TestClear>(program) || Has<op::Snapshot>(program);
}

}  // namespace

// Used by one program after the other. It belongs to the process that opened it.
struct VirtualMachines::Real {
  pid_t process = getpid();
  std::unique_ptr<engine::LinuxKvmVm> host;
  std::shared_ptr<engine::FakeKvmVm> fake;
  std::shared_ptr<engine::ComparedKvmVm> compared;
};

std::string VirtualMachines::WhyNotReal() { return engine::LinuxKvmVm::Open({}).reason; }

VirtualMachines::VirtualMachines(Kernel kernel) : kernel_(kernel) {}

VirtualMachines::~VirtualMachines() = default;

VirtualMachines::Real* VirtualMachines::RealFor(const Program& program) {
  if (kernel_ == Kernel::kFake || RamOf(program).total > kRealRamBytesMax) return nullptr;
  const bool clears_logs = ClearsLogs(program);
  std::unique_ptr<Real>& real = real_[clears_logs ? 1 : 0];
  if (real == nullptr || real->process != getpid()) {
    auto opened = engine::LinuxKvmVm::Open({.manual_dirty_log_protect = clears_logs});
    if (opened.vm == nullptr) return nullptr;
    real = std::make_unique<Real>();
    real->host = std::move(opened.vm);
    real->fake = std::make_shared<engine::FakeKvmVm>(real->host->capabilities());
    real->compared = std::make_shared<engine::ComparedKvmVm>(*real->host, *real->fake);
  }
  return real.get();
}

HypervisorOptions VirtualMachines::OptionsFor(const Program& program) {
  constexpr std::uint64_t kSlotBytesMin = 4 * limits::kPageSize;
  HypervisorOptions options;
  const std::uint64_t quarter = RamOf(program).greatest / 4;
  options.slot_bytes_max = std::max(kSlotBytesMin, std::bit_ceil(quarter));
  if (const Real* real = RealFor(program)) {
    options.capabilities = real->host->capabilities();
  } else {
    options.capabilities.address_spaces = 2;
    options.capabilities.readonly_memory =
        Has<op::Readonly>(program) || !Has<op::RomdMode>(program);
    options.capabilities.manual_dirty_log_protect = ClearsLogs(program);
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
  if (kernel_ == Kernel::kReal && real == nullptr) ++too_large_;
  if (fake_ != nullptr) fake_ioctls_ += fake_->ioctls();
  fake_ = std::make_shared<engine::FakeKvmVm>(options.capabilities);
  return std::make_unique<EngineUnderKvm>(fake_, options);
}

std::uint64_t VirtualMachines::ioctls() const {
  std::uint64_t count = fake_ioctls_ + (fake_ != nullptr ? fake_->ioctls() : 0);
  for (const auto& real : real_) {
    if (real != nullptr) count += real->compared->ioctls();
  }
  return count;
}

Differential UnderKvm(Oracles oracles, const std::shared_ptr<VirtualMachines>& machines) {
  return Differential(
      oracles, [machines](const Program& program) { return machines->NewReference(program); },
      [machines](const Program& program) { return machines->NewEngine(program); });
}

}  // namespace flatcheck
