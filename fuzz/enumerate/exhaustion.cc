#include "fuzz/enumerate/exhaustion.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace flatcheck {
namespace {

using Clock = std::chrono::steady_clock;

// What a child says of its unit, with a number: all of its so many programs are well; the one of
// this number is not.
constexpr char kDone = '+';
constexpr char kDiffers = '-';

}  // namespace

Exhaustion::Exhaustion(const Enumeration& enumeration, Differential differential,
                       std::chrono::milliseconds stall_max)
    : enumeration_(enumeration), differential_(std::move(differential)), stall_max_(stall_max) {}

std::optional<Program> Exhaustion::Run(Exhausted& exhausted, std::size_t jobs,
                                       const std::function<bool()>& go_on) {
  assert(exhausted.done.size() == enumeration_.size());
  pending_.clear();
  for (const std::size_t unit : enumeration_.ScatteredUnits()) {
    if (!exhausted.done[unit]) pending_.push_back(unit);
  }
  jobs = std::min(jobs, pending_.size());
  next_.resize(jobs);
  std::iota(next_.begin(), next_.end(), std::size_t{0});
  differs_.reset();
  const double seconds_before = exhausted.seconds;
  const auto start = Clock::now();
  const auto on_message = [&](std::size_t child, const std::string& message) {
    Hear(child, message, exhausted);
    exhausted.seconds =
        seconds_before + std::chrono::duration<double>(Clock::now() - start).count();
  };
  const Children children{.count = jobs,
                          .body = [&](std::size_t child, const Send& send,
                                      Pulse& pulse) { RunShare(child, jobs, send, pulse); },
                          .on_message = on_message,
                          .go_on = [&] { return !differs_ && go_on(); }};
  const std::vector<ChildEnd> ends = RunInChildren(children, stall_max_);
  if (!differs_) differs_ = WhereOneEnded(ends);
  if (!differs_) return std::nullopt;
  return enumeration_.ProgramAt(differs_->unit, differs_->program);
}

void Exhaustion::Hear(std::size_t child, const std::string& message, Exhausted& exhausted) {
  const std::size_t unit = pending_[next_[child]];
  const std::uint64_t programs = std::stoull(message.substr(1));
  if (message[0] == kDiffers) {
    differs_ = {unit, programs};
    return;
  }
  exhausted.done[unit] = true;
  exhausted.programs += programs;
  next_[child] += next_.size();
}

std::optional<Exhaustion::Place> Exhaustion::WhereOneEnded(
    const std::vector<ChildEnd>& ends) const {
  for (std::size_t child = 0; child < ends.size(); ++child) {
    const ChildEnd& end = ends[child];
    if (end.how != ChildEnd::How::kDied && end.how != ChildEnd::How::kHung) continue;
    return Place{pending_[std::min(next_[child], pending_.size() - 1)], end.step};
  }
  return std::nullopt;
}

void Exhaustion::RunShare(std::size_t child, std::size_t jobs, const Send& send, Pulse& pulse) {
  for (std::size_t i = child; i < pending_.size(); i += jobs) {
    if (!RunUnit(pending_[i], send, pulse)) return;
  }
}

bool Exhaustion::RunUnit(std::size_t unit, const Send& send, Pulse& pulse) {
  Enumerator programs = enumeration_.At(unit);
  std::uint64_t count = 0;
  for (; programs.Next(); ++count) {
    pulse.step.store(count, std::memory_order_relaxed);
    ++pulse.beats;
    if (!differential_.Check(programs.program(), programs.known_steps())) continue;
    send(kDiffers + std::to_string(count));
    return false;
  }
  send(kDone + std::to_string(count));
  return true;
}

}  // namespace flatcheck
