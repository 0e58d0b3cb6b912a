#include "fuzz/guarded_differential.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/child_process.h"
#include "fuzz/crash_report.h"
#include "fuzz/program_codec.h"
#include "fuzz/virtual_machines.h"

// What a LeakSanitizer in this program offers; null without one.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" __attribute__((weak)) int __lsan_do_recoverable_leak_check();

namespace flatcheck {
namespace {

using std::chrono::milliseconds;

std::string Bytes(const Program& program) {
  const std::vector<std::uint8_t> bytes = Encode(program);
  return {bytes.begin(), bytes.end()};
}

Program FromBytes(std::string_view bytes) {
  return Decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

// A failure of the program as messages, one for each part. The probe comes as the program's end:
// it names what the program defines.
void SendFailure(Program program, const Failure& failure, const Send& send) {
  send(failure.signature.oracle);
  send(failure.signature.operation);
  send(failure.signature.field);
  send(failure.signature.sanitizer);
  send(std::to_string(failure.step));
  send(failure.message);
  if (failure.probe) program.operations.push_back(*failure.probe);
  send(failure.probe ? Bytes(program) : "");
  if (!failure.byte) return;
  send(std::to_string(failure.byte->region.index));
  send(std::to_string(failure.byte->offset));
  send(std::to_string(failure.byte->value));
}

Failure ReadFailure(std::vector<std::string> parts) {
  Failure failure{{parts[0], parts[1], parts[2], parts[3]}, std::stoull(parts[4]), parts[5]};
  if (!parts[6].empty()) failure.probe = FromBytes(parts[6]).operations.back();
  if (parts.size() == 7) return failure;
  const RegionSlot region{static_cast<std::uint16_t>(std::stoul(parts[7]))};
  failure.byte = {region, std::stoull(parts[8]), static_cast<std::uint8_t>(std::stoul(parts[9]))};
  return failure;
}

Failure FailureOf(const Program& program, const Disagreement& disagreement) {
  return {SignatureOf(program, disagreement),
          disagreement.step,
          disagreement.message,
          "",
          disagreement.probe,
          disagreement.byte};
}

bool Leaks() { return __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check() != 0; }

FailingStep FailsWith(const Signature& signature,
                      std::function<std::optional<Failure>(const Program&)> check) {
  return
      [signature, check = std::move(check)](const Program& program) -> std::optional<std::size_t> {
        const std::optional<Failure> failure = check(program);
        if (!failure || failure->signature != signature) return std::nullopt;
        return failure->step;
      };
}

Shrunk AddTo(const Shrunk& before, Shrunk after) {
  after.executions += before.executions;
  return after;
}

}  // namespace

GuardedDifferential::GuardedDifferential(NewMachine expect, NewMachine actual,
                                         milliseconds stall_max)
    : new_expect_(std::move(expect)), new_actual_(std::move(actual)), stall_max_(stall_max) {}

std::optional<Failure> GuardedDifferential::Check(const Program& program) const {
  const auto body = [&](const Send& send, Pulse& pulse) {
    std::optional<Failure> failure;
    {
      Differential differential(Oracles::kAll, new_expect_, new_actual_);
      differential.AskEverything();
      differential.TellSteps(&pulse.step);
      if (const auto wrong = differential.Check(program)) failure = FailureOf(program, *wrong);
    }
    if (!failure && Leaks()) {
      const std::size_t end = program.operations.size();
      failure = Failure{{"leak", OperationWord(program, end), "", "memory-leak"},
                        end,
                        "memory that nothing points to is left",
                        {}};
    }
    if (failure) SendFailure(program, *failure, send);
  };
  std::vector<std::string> parts;
  const auto on_message = [&](std::string message) { parts.push_back(std::move(message)); };
  const ChildEnd end = RunInChild(stall_max_, body, on_message);
  switch (end.how) {
    case ChildEnd::How::kFinished:
      if (parts.empty()) return std::nullopt;
      return ReadFailure(std::move(parts));
    case ChildEnd::How::kHung:
      return Failure{{"hang", OperationWord(program, end.step), "", ""},
                     end.step,
                     fmt::format("no answer within {} ms", stall_max_.count())};
    case ChildEnd::How::kDied:
    case ChildEnd::How::kStopped:  // Nobody stops it.
      break;
  }
  CrashReport report = ReadCrash(end.printed, end.signal);
  return Failure{
      {"crash", OperationWord(program, end.step), std::move(report.file), std::move(report.kind)},
      end.step,
      std::move(report.line),
      end.printed};
}

bool GuardedDifferential::AllPass(std::span<const Program> programs) const {
  const auto body = [&](const Send& send, Pulse& pulse) {
    {
      Differential differential(Oracles::kAll, new_expect_, new_actual_);
      differential.AskEverything();
      differential.TellSteps(&pulse.step);
      for (const Program& program : programs) {
        ++pulse.beats;
        if (differential.Check(program)) return;
      }
    }
    if (!Leaks()) send("pass");
  };
  bool pass = false;
  const ChildEnd end = RunInChild(stall_max_, body, [&](const std::string&) { pass = true; });
  return pass && end.how == ChildEnd::How::kFinished;
}

Shrunk GuardedDifferential::ShrinkInOneChild(const Program& program, const Signature& signature,
                                             std::size_t executions_max,
                                             const OnProgress& on_progress) const {
  const auto body = [&](const Send& send, Pulse& pulse) {
    Differential differential(Oracles::kAll, new_expect_, new_actual_);
    differential.AskEverything();
    differential.TellSteps(&pulse.step);
    const auto check = [&](const Program& candidate) -> std::optional<Failure> {
      const auto wrong = differential.Check(candidate);
      if (!wrong) return std::nullopt;
      return FailureOf(candidate, *wrong);
    };
    const auto tell = [&send](const Shrunk& shrunk) {
      send(shrunk.is_minimal ? "minimal" : "");
      send(std::to_string(shrunk.executions));
      send(Bytes(shrunk.program));
    };
    const ShrinkListener listener{tell, [&pulse] { ++pulse.beats; }};
    tell(flatcheck::Shrink(program, FailsWith(signature, check), executions_max, listener));
  };
  Shrunk best{program, 0, false};
  std::vector<std::string> parts;
  const auto on_message = [&](std::string message) {
    parts.push_back(std::move(message));
    if (parts.size() < 3) return;
    best = {FromBytes(parts[2]), std::stoull(parts[1]), parts[0] == "minimal"};
    parts.clear();
    if (on_progress) on_progress(best);
  };
  const ChildEnd end = RunInChild(stall_max_, body, on_message);
  if (end.how != ChildEnd::How::kFinished) best.is_minimal = false;
  return best;
}

Shrunk GuardedDifferential::ShrinkInManyChildren(const Program& program, const Signature& signature,
                                                 std::size_t executions_max,
                                                 const OnProgress& on_progress) const {
  const auto check = [this](const Program& candidate) { return Check(candidate); };
  return flatcheck::Shrink(program, FailsWith(signature, check), executions_max, {on_progress});
}

// What hangs for a moment most often hangs for good: moments are tried before all of the timeout.
Shrunk GuardedDifferential::ShrinkHang(const Program& program, const Signature& signature,
                                       std::size_t executions_max,
                                       const OnProgress& on_progress) const {
  Shrunk best{program, 0, false};
  for (milliseconds stall(2); stall < stall_max_; stall *= 10) {
    std::vector<Program> descent{best.program};
    const auto note = [&](const Shrunk& shrunk) {
      descent.push_back(shrunk.program);
      if (on_progress) on_progress(shrunk);
    };
    const GuardedDifferential hasty(new_expect_, new_actual_, stall);
    const Shrunk shrunk =
        hasty.ShrinkInManyChildren(best.program, signature, executions_max - best.executions, note);
    best.executions += shrunk.executions;
    best.program = LastToFail(descent, signature);
    if (best.program == shrunk.program) {
      best.is_minimal = shrunk.is_minimal;
      return best;
    }
    if (best.executions >= executions_max) return best;
  }
  return AddTo(best, ShrinkInManyChildren(best.program, signature, executions_max - best.executions,
                                          on_progress));
}

// By bisection: the longer the way down, the less there is to hang.
Program GuardedDifferential::LastToFail(const std::vector<Program>& descent,
                                        const Signature& signature) const {
  const auto fails = [&](const Program& program) {
    const auto failure = Check(program);
    return failure && failure->signature == signature;
  };
  if (fails(descent.back())) return descent.back();
  const auto first_that_ends =
      std::ranges::partition_point(descent.begin() + 1, descent.end(), fails);
  return *(first_that_ends - 1);
}

Shrunk GuardedDifferential::Shrink(const Program& program, const Failure& failure,
                                   std::size_t executions_max,
                                   const OnProgress& on_progress) const {
  const Signature& signature = failure.signature;
  if (signature.oracle == "hang") {
    return ShrinkHang(program, signature, executions_max, on_progress);
  }
  if (!IsDisagreement(failure)) {
    return ShrinkInManyChildren(program, signature, executions_max, on_progress);
  }
  Shrunk best = ShrinkInOneChild(program, signature, executions_max, on_progress);
  // Not minimal within the budget: some simpler program ended the child.
  if (best.is_minimal || best.executions >= executions_max) return best;
  return AddTo(best, ShrinkInManyChildren(best.program, signature, executions_max - best.executions,
                                          on_progress));
}

std::vector<OperandPlace> GuardedDifferential::FreeOperands(const Program& program,
                                                            const Failure& failure) const {
  if (IsDisagreement(failure)) return FreeOperandsInOneChild(program, failure.signature);
  // Each value that is tried takes a child of its own, or all of the timeout.
  constexpr std::size_t kCrashOperationsMax = 12;
  const bool hangs = failure.signature.oracle == "hang";
  if (hangs || program.operations.size() > kCrashOperationsMax) return {};
  return flatcheck::FreeOperands(program, [&](const Program& candidate) {
    const auto other = Check(candidate);
    return other && other->signature == failure.signature;
  });
}

std::vector<OperandPlace> GuardedDifferential::FreeOperandsInOneChild(
    const Program& program, const Signature& signature) const {
  const auto body = [&](const Send& send, Pulse& pulse) {
    Differential differential(Oracles::kAll, new_expect_, new_actual_);
    differential.AskEverything();
    differential.TellSteps(&pulse.step);
    const auto still_fails = [&](const Program& candidate) {
      ++pulse.beats;
      const auto wrong = differential.Check(candidate);
      return wrong && SignatureOf(candidate, *wrong) == signature;
    };
    for (const OperandPlace& place : flatcheck::FreeOperands(program, still_fails)) {
      send(std::to_string(place.operation));
      send(std::to_string(place.operand));
    }
  };
  std::vector<std::size_t> numbers;
  RunInChild(stall_max_, body,
             [&](const std::string& message) { numbers.push_back(std::stoull(message)); });
  std::vector<OperandPlace> places;
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
    places.push_back({numbers[i], numbers[i + 1]});
  }
  return places;
}

GuardedDifferential GuardedUnderKvm(milliseconds stall_max) {
  const auto machines = std::make_shared<VirtualMachines>(VirtualMachines::Kernel::kFake);
  return GuardedDifferential(
      [machines](const Program& program) { return machines->NewReference(program); },
      [machines](const Program& program) { return machines->NewEngine(program); }, stall_max);
}

}  // namespace flatcheck
