#include "fuzz/shrinker.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fuzz/draft.h"
#include "fuzz/limits.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/program_codec.h"
#include "fuzz/program_cut.h"
#include "fuzz/simplicity.h"

namespace flatcheck {
namespace {

using limits::kPageSize;

// Operands whose values are places and extents of one world.
template <class Operand>
inline constexpr bool kIsMeasure =
    std::is_same_v<Operand, Address> || std::is_same_v<Operand, RegionSize> ||
    std::is_same_v<Operand, Length>;
template <class Operand>
inline constexpr bool kIsPlace = std::is_same_v<Operand, Address>;

std::size_t HashOf(const Program& program) {
  const std::vector<std::uint8_t> bytes = Encode(program);
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// The program with each measure, or only each place, replaced by change(value).
template <class Change>
Program WithMeasures(Program program, Change&& change, bool places_only = false) {
  for (Operation& operation : program.operations) {
    VisitOperands(operation, [&]<class Operand>(Operand& operand) {
      if constexpr (kIsMeasure<Operand>) {
        if (kIsPlace<Operand> || !places_only) operand.value = change(operand.value);
      }
    });
  }
  return program;
}

std::set<std::uint64_t> MeasuresOf(const Program& program, bool places_only = false) {
  std::set<std::uint64_t> measures;
  for (const Operation& operation : program.operations) {
    VisitOperands(operation, [&]<class Operand>(const Operand& operand) {
      if constexpr (kIsMeasure<Operand>) {
        if (kIsPlace<Operand> || !places_only) measures.insert(operand.value);
      }
    });
  }
  return measures;
}

// Of more operations there are too many pairs.
constexpr std::size_t kPairedOperationsMax = 16;

class Shrinker {
 public:
  Shrinker(Program program, const FailingStep& failing_step, std::size_t executions_max,
           const ShrinkListener& listener)
      : failing_step_(failing_step), executions_max_(executions_max), listener_(listener) {
    best_.program = std::move(program);
  }

  Shrunk Run() {
    if (const auto step = Ask(best_.program)) CutBehind(*step);
    try {
      Descend();
      best_.is_minimal = true;
    } catch (const BudgetSpent&) {
    }
    return std::move(best_);
  }

 private:
  // Ends a descent wherever it is.
  struct BudgetSpent {};

  void Descend() {
    DropUnneeded();
    RemoveChunks();
    // Each pass may open ways for those before it.
    std::size_t before = 0;
    do {
      before = accepted_;
      RemoveObjects();
      RemoveSingles();
      RemovePairs();
      MergeRegions();
      FoldChanges();
      MakePlainer();
      LowerTogether();
      LowerSingly();
      LowerPairs();
      PutInOrder();
    } while (accepted_ != before);
  }

  std::size_t size() const { return best_.program.operations.size(); }

  std::optional<std::size_t> Ask(const Program& program) {
    ++best_.executions;
    return failing_step_(program);
  }

  // Goes on from the candidate if it is simpler and fails.
  bool Try(Program candidate) {
    if (listener_.on_trial) listener_.on_trial();
    if (candidate.operations.empty() || !IsSimpler(candidate, best_.program) ||
        !tried_.insert(HashOf(candidate)).second) {
      return false;
    }
    if (best_.executions >= executions_max_) throw BudgetSpent();
    const std::optional<std::size_t> step = Ask(candidate);
    if (!step) return false;
    best_.program = std::move(candidate);
    ++accepted_;
    CutBehind(*step);
    if (listener_.on_progress) listener_.on_progress(best_);
    return true;
  }

  Program With(std::size_t position, const Operation& operation) const {
    Program changed = best_.program;
    changed.operations[position] = operation;
    return changed;
  }

  // What comes behind the failing step had no part in it.
  void CutBehind(std::size_t step) {
    if (step < size()) best_.program.operations.resize(step + 1);
  }

  void DropUnneeded() { Try(NeededFor(best_.program, size() - 1)); }

  bool TryWithout(std::size_t position, std::size_t count) {
    Draft draft(best_.program);
    draft.Remove(position, count);
    return Try(std::move(draft).Settle());
  }

  // From halves to single operations, from the end to the start.
  void RemoveChunks() {
    for (std::size_t count = size() / 2; count > 1; count /= 2) {
      for (std::size_t end = size(); end >= count;) {
        end = TryWithout(end - count, count) ? std::min(end - count, size()) : end - count;
      }
    }
  }

  void RemoveSingles() {
    for (std::size_t position = size(); position-- > 0;) {
      if (position >= size()) continue;
      TryWithout(position, 1);
    }
  }

  // An object and all that names it.
  void RemoveObjects() {
    for (std::size_t position = size(); position-- > 0;) {
      if (position >= size()) continue;
      std::vector<bool> keep(size(), true);
      keep[position] = false;
      Try(Kept(best_.program, std::move(keep)));
    }
  }

  // Two that are of use to each other alone: begin and commit, add and del, disable and enable.
  void RemovePairs() {
    for (std::size_t second = size(); second-- > 1;) {
      const std::size_t reach = std::min(size(), kPairedOperationsMax);
      for (std::size_t first = second; first-- > 0 && second - first < reach;) {
        if (second >= size()) break;
        Draft draft(best_.program);
        draft.Remove(second, 1);
        draft.Remove(first, 1);
        Try(std::move(draft).Settle());
      }
    }
  }

  // One region in the place of another: flattens containers and aliases.
  void MergeRegions() {
    for (std::uint16_t gone = RegionCount(); gone-- > 1;) {
      for (std::uint16_t other = gone; other-- > 0 && gone < RegionCount();) {
        if (Try(Merged(best_.program, RegionSlot{gone}, RegionSlot{other}))) continue;
        Try(MergedInto(best_.program, RegionSlot{gone}, RegionSlot{other}));
      }
    }
  }
  std::uint16_t RegionCount() const {
    return static_cast<std::uint16_t>(CountDefinitions(best_.program.operations)[0]);
  }

  void FoldChanges() {
    for (std::size_t position = size(); position-- > 0;) {
      if (position < size()) Try(Folded(best_.program, position));
    }
  }

  void MakePlainer() {
    for (std::size_t position = 0; position < size(); ++position) {
      for (const Operation& plainer : PlainerKinds(best_.program.operations[position])) {
        if (Try(With(position, plainer))) break;
      }
    }
  }

  void LowerTogether() {
    RankMeasures();
    CloseGaps(false);
    CloseGaps(true);
    for (const std::uint64_t measure : MeasuresOf(best_.program)) {
      for (const Address lower : Lowered(Address{measure})) {
        const auto lowered = [&](std::uint64_t value) {
          return value == measure ? lower.value : value;
        };
        if (Try(WithMeasures(best_.program, lowered))) break;
      }
    }
  }

  // All measures at once become the first page numbers, and keep their order.
  void RankMeasures() {
    const std::set<std::uint64_t> measures = MeasuresOf(best_.program);
    std::uint64_t page = measures.contains(0) ? 0 : 1;
    std::map<std::uint64_t, std::uint64_t> rank;
    for (const std::uint64_t measure : measures) rank.emplace(measure, page++ * kPageSize);
    Try(WithMeasures(best_.program, [&rank](std::uint64_t value) { return rank[value]; }));
  }

  // All measures, or all places, from one on come down together: to the next lower one, or to a
  // page above it.
  void CloseGaps(bool places_only) {
    std::uint64_t below = 0;
    for (const std::uint64_t measure : MeasuresOf(best_.program, places_only)) {
      const std::uint64_t gap = measure - std::exchange(below, measure);
      for (const std::uint64_t gap_left : {std::uint64_t{0}, kPageSize}) {
        if (gap <= gap_left) continue;
        const auto come_down = [&](std::uint64_t value) {
          return value < measure ? value : value - (gap - gap_left);
        };
        if (Try(WithMeasures(best_.program, come_down, places_only))) break;
      }
    }
  }

  void LowerSingly() {
    for (std::size_t position = 0; position < size(); ++position) {
      for (std::size_t operand = 0; LowerOperand(position, operand); ++operand) {
      }
    }
  }

  // Returns whether the operation has such an operand.
  bool LowerOperand(std::size_t position, std::size_t operand) {
    if (position >= size()) return false;
    const auto lowered = LoweredOperands(best_.program.operations[position]);
    if (operand >= lowered.size()) return false;
    std::ranges::find_if(lowered[operand],
                         [&](const Operation& version) { return Try(With(position, version)); });
    return true;
  }

  // Two operands at once, each as low as it goes: where either alone would change what happens.
  void LowerPairs() {
    if (size() > kPairedOperationsMax) return;
    struct Lowest {
      std::size_t position;
      Operation operation;
    };
    std::vector<Lowest> lowest;
    for (std::size_t position = 0; position < size(); ++position) {
      for (auto& versions : LoweredOperands(best_.program.operations[position])) {
        if (!versions.empty()) lowest.push_back({position, std::move(versions.front())});
      }
    }
    for (std::size_t second = 1; second < lowest.size(); ++second) {
      for (std::size_t first = 0; first < second; ++first) {
        const auto& [position, operation] = lowest[first];
        if (position == lowest[second].position) continue;
        Program candidate = With(position, operation);
        candidate.operations[lowest[second].position] = lowest[second].operation;
        if (Try(std::move(candidate))) return;  // The list is of the program before.
      }
    }
  }

  // Neighbours change places where that brings the lower number to the front.
  void PutInOrder() {
    for (std::size_t position = 0; position + 1 < size(); ++position) {
      for (std::size_t at = position + 1; at > 0 && at < size(); --at) {
        Draft draft(best_.program);
        draft.Move(at, 1, at - 1);
        if (!Try(std::move(draft).Settle())) break;
      }
    }
  }

  const FailingStep& failing_step_;
  const std::size_t executions_max_;
  const ShrinkListener& listener_;
  Shrunk best_;
  std::size_t accepted_ = 0;
  std::unordered_set<std::size_t> tried_;
};

}  // namespace

Shrunk Shrink(Program program, const FailingStep& failing_step, std::size_t executions_max,
              const ShrinkListener& listener) {
  return Shrinker(std::move(program), failing_step, executions_max, listener).Run();
}

}  // namespace flatcheck
