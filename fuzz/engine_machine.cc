#include "fuzz/engine_machine.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>
#include <string>
#include <utility>

#include "engine/map/render.h"
#include "engine/ram/access.h"
#include "fuzz/engine_machine_devices.h"
#include "fuzz/engine_machine_listener.h"
#include "fuzz/engine_machine_memory.h"
#include "fuzz/engine_ways.h"
#include "fuzz/limits.h"

namespace flatcheck {

namespace {

constexpr std::string_view kNoObject = "absent";

// Ranges of all views. Each hiding renders the map several times, and a hypervisor's agreement asks
// for thousands of accesses after one commit.
constexpr std::size_t kHiddenRangesMax = 256;

template <class Object>
Object* Lookup(const std::vector<Object*>& objects, std::uint16_t slot) {
  return slot < objects.size() ? objects[slot] : nullptr;
}

}  // namespace

// One request per kind of operation; each returns the word of its refusal.
class EngineMachine::Requests {
 public:
  using Word = std::string_view;

  explicit Requests(EngineMachine& machine) : m_(machine) {}

  Word operator()(const op::Unknown&) { return {}; }
  template <class Op>
  Word operator()(const Op& o) {
    return MemoryRequests(m_)(o);
  }

  Word operator()(const op::Container& o) {
    return Define(m_.map_.CreateContainer(NewName(), o.size.value));
  }
  Word operator()(const op::Io& o) {
    return Define(m_.map_.CreateIo(NewName(), o.size.value, NewDevice(o.size, o.profile)));
  }
  Word operator()(const op::Reservation& o) {
    return Define(m_.map_.CreateReservation(NewName(), o.size.value));
  }
  Word operator()(const op::Ram& o) {
    if (!m_.backings_.RefusesBad(m_.map_, o.size.value)) return "bad-backing";
    return Define(m_.map_.CreateRam(NewName(), o.size.value, BackingOf(o.size)));
  }
  Word operator()(const op::Rom& o) {
    return Define(m_.map_.CreateRom(NewName(), o.size.value, BackingOf(o.size)));
  }
  Word operator()(const op::RomDevice& o) {
    EngineDevice& device = NewDevice(o.size, o.profile);
    return Define(m_.map_.CreateRomDevice(NewName(), o.size.value, device, BackingOf(o.size)));
  }
  Word operator()(const op::RamDevice& o) {
    return Define(m_.map_.CreateRamDevice(NewName(), o.size.value, BackingOf(o.size)));
  }
  Word operator()(const op::ResizeableRam& o) {
    const RegionSlot slot = NextRegion();
    const auto resized = [&journal = m_.journal_, slot](std::uint64_t size) {
      journal.Add({.kind = DeviceCallKind::kResized, .region = slot, .size = size});
    };
    return Define(m_.map_.CreateResizeableRam(NewName(), o.size.value, o.size_max.value, resized));
  }
  Word operator()(const op::Iommu& o) {
    m_.iommus_.push_back(
        std::make_unique<EngineIommu>(m_.journal_, NextRegion(), o.traits, m_.spaces_));
    return Define(m_.map_.CreateIommu(NewName(), o.size.value, *m_.iommus_.back()));
  }
  Word operator()(const op::Alias& o) {
    engine::MemoryRegion* const target = Lookup(m_.regions_, o.target.index);
    if (target == nullptr) return Define(engine::Created<engine::MemoryRegion>{}), kNoObject;
    return Define(m_.map_.CreateAlias(NewName(), o.size.value, *target, o.offset.value));
  }

  Word operator()(const op::Destroy& o) {
    const std::uint8_t* host = nullptr;
    const Word refusal = On(o.region, [&](auto& region) {
      if (region.ram() != nullptr) host = region.ram()->mapped();
      return m_.map_.Destroy(region);
    });
    if (!refusal.empty()) return refusal;
    m_.regions_[o.region.index] = nullptr;
    assert(m_.map_.ram_list().FromHost(host).block == nullptr);
    return {};
  }
  Word operator()(const op::Add& o) {
    return On(o.parent, o.child, [&](auto& parent, auto& child) {
      return m_.map_.AddSubregion(parent, o.offset.value, child, o.priority.value);
    });
  }
  Word operator()(const op::Del& o) {
    return On(o.parent, o.child,
              [&](auto& parent, auto& child) { return m_.map_.DelSubregion(parent, child); });
  }

  Word operator()(const op::Enable& o) {
    return On(o.region, [&](auto& region) { return m_.map_.SetEnabled(region, o.on.value); });
  }
  Word operator()(const op::Readonly& o) {
    return On(o.region, [&](auto& region) { return m_.map_.SetReadonly(region, o.on.value); });
  }
  Word operator()(const op::Nonvolatile& o) {
    return On(o.region, [&](auto& region) { return m_.map_.SetNonvolatile(region, o.on.value); });
  }
  Word operator()(const op::Unmergeable& o) {
    return On(o.region, [&](auto& region) { return m_.map_.SetUnmergeable(region, o.on.value); });
  }
  Word operator()(const op::RomdMode& o) {
    return On(o.region, [&](auto& region) { return m_.map_.SetRomdMode(region, o.on.value); });
  }
  Word operator()(const op::MoveTo& o) {
    return On(o.region, [&](auto& region) { return m_.map_.SetAddress(region, o.address.value); });
  }
  Word operator()(const op::Resize& o) {
    return On(o.region, [&](auto& region) { return m_.map_.SetSize(region, o.size.value); });
  }
  Word operator()(const op::AliasOffset& o) {
    return On(o.region,
              [&](auto& region) { return m_.map_.SetAliasOffset(region, o.offset.value); });
  }

  Word operator()(const op::Log& o) {
    return On(o.region, [&](auto& region) {
      return o.on.value ? m_.map_.StartLog(region) : m_.map_.StopLog(region);
    });
  }
  Word operator()(const op::GlobalLog& o) {
    return ToString(o.on.value ? m_.map_.StartGlobalLog() : m_.map_.StopGlobalLog());
  }
  Word operator()(const op::LogSync&) { return ToString(m_.map_.SyncLog()); }
  Word operator()(const op::LogClear& o) {
    return On(o.region, [&](auto& region) {
      return m_.map_.ClearLog(region, o.start.value, o.length.value);
    });
  }

  Word operator()(const op::Begin&) { return ToString(m_.map_.Begin()); }
  Word operator()(const op::Commit&) { return ToString(m_.map_.Commit()); }

  Word operator()(const op::EventfdAdd& o) {
    return On(o.region, [&](auto& region) { return m_.map_.AddIoEventfd(region, EntryOf(o)); });
  }
  Word operator()(const op::EventfdDel& o) {
    return On(o.region, [&](auto& region) { return m_.map_.DelIoEventfd(region, EntryOf(o)); });
  }
  Word operator()(const op::Coalesce& o) {
    return On(o.region, [&](auto& region) {
      return m_.map_.AddCoalescing(region, o.offset.value, o.size.value);
    });
  }
  Word operator()(const op::Uncoalesce& o) {
    return On(o.region, [&](auto& region) { return m_.map_.ClearCoalescing(region); });
  }

  Word operator()(const op::Space& o) {
    const SpaceSlot slot{static_cast<std::uint16_t>(m_.spaces_.size())};
    m_.spaces_.push_back(nullptr);
    return On(o.root, [&](auto& root) {
      const auto created = m_.map_.CreateAddressSpace(m_.NameOf(slot), root);
      m_.spaces_.back() = created.object;
      if (created.object != nullptr) Number(created.object->id(), m_.spaces_.size() - 1);
      return created.refusal;
    });
  }
  Word operator()(const op::SpaceDestroy& o) {
    engine::AddressSpace* const space = Lookup(m_.spaces_, o.space.index);
    if (space == nullptr) return kNoObject;
    const Word refusal = ToString(m_.map_.DestroyAddressSpace(*space));
    if (refusal.empty()) m_.spaces_[o.space.index] = nullptr;
    return refusal;
  }
  Word operator()(const op::Listen& o) {
    const auto slot = static_cast<std::uint16_t>(m_.listeners_.size());
    m_.listeners_.push_back(nullptr);
    engine::AddressSpace* const space = Lookup(m_.spaces_, o.space.index);
    if (space == nullptr) return kNoObject;
    m_.listeners_.back() = std::move(m_.idle_listener_);
    if (m_.listeners_.back() != nullptr) {
      m_.listeners_.back()->Become(ListenerSlot{slot});
    } else {
      m_.listeners_.back() = std::make_unique<Listener>(m_, ListenerSlot{slot});
    }
    return ToString(m_.map_.RegisterListener(*m_.listeners_.back(), *space, o.priority.value));
  }
  Word operator()(const op::Unlisten& o) {
    if (o.listener.index >= m_.listeners_.size()) return kNoObject;
    std::unique_ptr<Listener> listener = std::move(m_.listeners_[o.listener.index]);
    if (listener == nullptr) return kNoObject;
    const Word refusal = ToString(m_.map_.UnregisterListener(*listener));
    // One in two is freed, so that a late call shows.
    if (o.listener.index % 2 != 0) m_.idle_listener_ = std::move(listener);
    return refusal;
  }

  Word operator()(const op::Find& o) {
    if (Lookup(m_.regions_, o.region.index) == nullptr) return kNoObject;
    NewAnswer(AnswerKind::kFound).found = m_.Find(o.region, o.address.value, o.size.value);
    return {};
  }
  Word operator()(const op::Translate& o) {
    if (Lookup(m_.spaces_, o.space.index) == nullptr) return kNoObject;
    NewAnswer(AnswerKind::kTranslated).translated =
        m_.Translate(o.space, o.address.value, o.length.value, o.is_write.value);
    return {};
  }
  Word operator()(const op::Read& o) {
    engine::AddressSpace* const space = Lookup(m_.spaces_, o.space.index);
    if (space == nullptr) return kNoObject;
    Answer answer{.kind = AnswerKind::kRead, .length = o.length.value};
    answer.result =
        ReadSomeWay(m_.map_, *space, o.address.value, std::span(answer.data).first(o.length.value));
    m_.trace_->answers.push_back(answer);
    return {};
  }
  Word operator()(const op::Write& o) {
    engine::AddressSpace* const space = Lookup(m_.spaces_, o.space.index);
    if (space == nullptr) return kNoObject;
    std::array<std::uint8_t, limits::kAccessLengthMax> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(o.value.value >> (8 * (i % 8)));
    }
    NewAnswer(AnswerKind::kWritten).result =
        WriteSomeWay(m_.map_, *space, o.address.value,
                     std::span<const std::uint8_t>(bytes).first(o.length.value));
    return {};
  }

 private:
  template <class Request>
  Word On(RegionSlot slot, Request request) {
    engine::MemoryRegion* const region = Lookup(m_.regions_, slot.index);
    return region == nullptr ? kNoObject : ToString(request(*region));
  }

  template <class Request>
  Word On(RegionSlot first, RegionSlot second, Request request) {
    engine::MemoryRegion* const one = Lookup(m_.regions_, first.index);
    engine::MemoryRegion* const two = Lookup(m_.regions_, second.index);
    return one == nullptr || two == nullptr ? kNoObject : ToString(request(*one, *two));
  }

  Word Define(engine::Created<engine::MemoryRegion> created) {
    m_.regions_.push_back(created.object);
    if (created.object != nullptr) Number(created.object->id(), m_.regions_.size() - 1);
    return ToString(created.refusal);
  }

  void Number(std::uint64_t id, std::size_t slot) {
    m_.slots_.resize(id + 1);
    m_.slots_[id] = static_cast<std::uint16_t>(slot);
  }

  // The slot of the region that is about to be defined.
  RegionSlot NextRegion() const {
    return RegionSlot{static_cast<std::uint16_t>(m_.regions_.size())};
  }

  std::string NewName() const { return m_.NameOf(NextRegion()); }

  // For that region.
  EngineDevice& NewDevice(RegionSize size, const Profile& profile) {
    m_.devices_.push_back(std::make_unique<EngineDevice>(m_.journal_, NextRegion(), size, profile));
    return *m_.devices_.back();
  }

  engine::RamBacking BackingOf(const RegionSize& size) { return m_.backings_.Of(size.value); }

  Answer& NewAnswer(AnswerKind kind) {
    m_.trace_->answers.push_back({.kind = kind});
    return m_.trace_->answers.back();
  }

  template <class Eventfd>
  static engine::IoEventfd EntryOf(const Eventfd& o) {
    return {o.address.value, o.size.value, o.match.value, o.data.value, o.notifier.value};
  }

  EngineMachine& m_;
};

EngineMachine::EngineMachine(const Names* names, std::uint64_t host_page_size)
    : names_(names),
      backings_(host_page_size),
      map_({.page_size = limits::kPageSize,
            .depth_max = limits::kDepthMax,
            .paths_max = limits::kPathsMax,
            .ram_bytes_max = limits::kRamBytesMax,
            .iommu_levels_max = limits::kIommuLevelsMax,
            .access_valid_max = limits::kAccessValidLengthMax,
            .replay_pages_max = limits::kReplayPagesMax}) {
  map_.SetSignal([this](std::uint32_t notifier) {
    if (journal_.trace != nullptr) journal_.trace->signals.push_back(notifier);
  });
  regions_.reserve(limits::kGeneratedRegionsMax);
  slots_.reserve(limits::kGeneratedRegionsMax);
}

EngineMachine::~EngineMachine() = default;

std::string_view EngineMachine::Apply(const Operation& operation, Trace& trace) {
  trace_ = &trace;
  journal_.trace = &trace;
  journal_.first_callback = trace.callbacks.size();
  for (const auto& listener : listeners_) {
    if (listener != nullptr) listener->StartOperation();
  }
  const std::string_view refusal = std::visit(Requests(*this), operation);
  ShowAll();
  for (const auto& listener : listeners_) {
    if (listener != nullptr) listener->EndOperation();
  }
  journal_.trace = nullptr;
  return refusal;
}

// What is told of doorbells and coalesced windows depends on what was told before; an IOMMU asks
// for its target's present view; and the view of a space that is gone may be shown once more.
bool EngineMachine::CanHide() const {
  if (!hidden_.empty() || map_.depth() != 0 || !iommus_.empty()) return false;
  const bool is_quiet = std::ranges::all_of(regions_, [](const engine::MemoryRegion* region) {
    return region == nullptr || (region->ioeventfds().empty() && region->coalesced().empty());
  });
  if (!is_quiet) return false;
  std::size_t ranges = 0;
  for (const engine::AddressSpace* const space : spaces_) {
    if (space != nullptr) ranges += space->view().size();
  }
  if (ranges > kHiddenRangesMax) return false;
  // A root that has no container is changed unseen, until something else is seen to change.
  engine::Renderer renderer;
  return std::ranges::all_of(spaces_, [&](const engine::AddressSpace* space) {
    if (space == nullptr) return false;
    const engine::FlatView& view = space->view();
    engine::MemoryRegion* const root = engine::ResolveRoot(regions_[SlotOf(&space->root()).index]);
    if (view.root() != root || root == nullptr) return view.root() == root;
    const auto is_same = [](const engine::FlatRange& a, const engine::FlatRange& b) {
      return SameRange(a, b) && a.log_mask == b.log_mask;
    };
    return std::ranges::equal(view, renderer.Render(*root, map_.global_logging()), is_same);
  });
}

void EngineMachine::HideAll() {
  if (!CanHide()) return;
  is_hiding_ = true;
  [[maybe_unused]] engine::Refusal refusal = map_.Begin();
  for (const engine::AddressSpace* const space : spaces_) {
    if (space == nullptr || !space->root().enabled()) continue;
    hidden_.push_back(regions_[SlotOf(&space->root()).index]);
    refusal = map_.SetEnabled(*hidden_.back(), false);
    assert(refusal == engine::Refusal::kNone);
  }
  refusal = map_.Commit();
  assert(refusal == engine::Refusal::kNone);
  is_hiding_ = false;
}

void EngineMachine::ShowAll() {
  if (hidden_.empty()) return;
  is_hiding_ = true;
  for (engine::MemoryRegion* const root : hidden_) {
    [[maybe_unused]] const engine::Refusal refusal = map_.SetEnabled(*root, true);
    assert(refusal == engine::Refusal::kNone);
  }
  hidden_.clear();
  is_hiding_ = false;
}

std::string EngineMachine::NameOf(RegionSlot slot) const {
  return names_ == nullptr ? "r" + std::to_string(slot.index) : std::string(names_->Of(slot));
}

std::string EngineMachine::NameOf(SpaceSlot slot) const {
  return names_ == nullptr ? "as" + std::to_string(slot.index) : std::string(names_->Of(slot));
}

engine::AddressSpace* EngineMachine::SpaceAt(SpaceSlot slot) const {
  return Lookup(spaces_, slot.index);
}

bool EngineMachine::HasListener(const engine::AddressSpace& space) const {
  const auto listens = [&space](const std::unique_ptr<Listener>& listener) {
    return listener != nullptr && listener->space() == &space;
  };
  return std::ranges::any_of(listeners_, listens);
}

RegionSlot EngineMachine::SlotOf(const engine::MemoryRegion* region) const {
  return region == nullptr ? RegionSlot{} : RegionSlot{slots_[region->id()]};
}

SpaceSlot EngineMachine::SlotOf(const engine::AddressSpace& space) const {
  return SpaceSlot{slots_[space.id()]};
}

}  // namespace flatcheck
