#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fuzz/repro/expectation.h"
#include "fuzz/repro/identifiers.h"
#include "fuzz/repro/live_objects.h"
#include "fuzz/repro/qemu_call.h"
#include "fuzz/repro/qemu_devices.h"
#include "fuzz/repro/qemu_map_call.h"
#include "fuzz/repro/qemu_memory_call.h"
#include "fuzz/repro/qemu_parts.h"
#include "fuzz/repro/reproduction.h"
#include "fuzz/repro/source_text.h"
#include "fuzz/slot_table.h"

namespace flatcheck {
namespace {

// The call, commented out.
std::string Refused(std::string_view call, std::string_view why) {
  std::string comment = fmt::format("    /*\n     * {}\n", why);
  for (; !call.empty(); call.remove_prefix(call.find('\n') + 1)) {
    comment += fmt::format("     * {}\n", call.substr(4, call.find('\n') - 4));
  }
  return comment + "     */\n";
}

// What QEMU does with a request that the reference refuses.
std::string_view InQemu(const Operation& operation, std::string_view refusal) {
  using Effect = std::pair<std::string_view, std::string_view>;
  static constexpr Effect kEffects[] = {
      {"absent", "aborts"},
      {"already-logging", "does nothing"},
      {"bad-flags", "asserts"},
      {"bad-permission", "asserts"},
      {"bad-range", "goes beyond it, or asserts"},
      {"bad-size", "rounds the size up"},
      {"cycle", "recurses without end"},
      {"has-listeners", "asserts"},
      {"has-mappings", "goes on to use it"},
      {"has-notifiers", "goes on to use the region"},
      {"has-parent", "asserts"},
      {"is-root", "goes on to use the region"},
      {"is-target", "goes on to use the region"},
      {"no-block", "asserts, or uses an address that is none"},
      {"not-alias", "asserts"},
      {"not-child", "asserts"},
      {"not-inside", "asserts"},
      {"not-iommu", "asserts"},
  };
  const bool asserts = std::holds_alternative<op::Commit>(operation) ||
                       std::holds_alternative<op::ResizeableRam>(operation);
  if (asserts) return "asserts";
  if (std::holds_alternative<op::GlobalLog>(operation)) return "asserts";
  if (std::holds_alternative<op::Log>(operation)) return "lets a counter wrap";
  if (std::holds_alternative<op::Resize>(operation)) return "shows what lies behind the memory";
  if (std::holds_alternative<op::Destroy>(operation) && refusal == "depth") {
    return "goes on to use the region";
  }
  for (const auto& [word, effect] : kEffects) {
    if (word == refusal) return effect;
  }
  return "has no such limit";
}

class SourceWriter {
 public:
  explicit SourceWriter(const Reproduction& reproduction)
      : reproduction_(reproduction), text_(reproduction.text) {
    text_.names = IdentifiersFor(text_.names);
  }

  std::string Write();

 private:
  std::string CallOf(const Operation& operation) const;
  std::string Perform(const Operation& operation, std::size_t step);
  void Declare(const Operation& operation);
  void NoteIommus(const Operation& operation);
  std::string WhereItShows() const;
  std::string Declarations(std::string_view calls) const;
  std::string Preface() const;

  const Reproduction& reproduction_;
  ProgramText text_;  // Its names are identifiers.
  LiveObjects live_;
  SlotTable slots_;
  IommuSlots iommus_;  // That are there.
  std::string ops_;    // The tables of devices with profiles.
  // Created so far.
  std::vector<std::string> regions_;
  std::vector<std::string> tables_;
  std::vector<std::string> mappings_;
  std::vector<std::string> iommu_notifiers_;
  std::vector<std::string> spaces_;
  std::vector<std::string> listeners_;
  std::set<unsigned> notifiers_;
};

std::string SourceWriter::CallOf(const Operation& operation) const {
  return std::visit(Overload{QemuMapCall(text_.names, slots_, iommus_),
                             QemuMemoryCall(text_.names, slots_, iommus_)},
                    operation);
}

std::string SourceWriter::Perform(const Operation& operation, std::size_t step) {
  const std::string_view refusal = live_.RefusalOf(reproduction_.expect, step, operation);
  if (!live_.HasAll(operation)) {
    return QemuComment(
        fmt::format("Refused, since an object is absent: {}", ForComment(text_.lines[step].text)));
  }
  std::string call = CallOf(operation);
  if (!refusal.empty()) {
    return Refused(call,
                   fmt::format("Refused ({}); QEMU {}:", refusal, InQemu(operation, refusal)));
  }
  Declare(operation);
  return call;
}

void SourceWriter::Declare(const Operation& operation) {
  const bool is_iommu = std::holds_alternative<op::Iommu>(operation);
  const auto note = [this]<class Kind>(const Defines<Kind>&, std::vector<std::string>& list) {
    list.emplace_back(text_.names.Of(slots_.Next<Kind>()));
  };
  VisitOperands(
      operation,
      Overload{[&](const Defines<RegionKind>& o) { note(o, is_iommu ? tables_ : regions_); },
               [&](const Defines<SpaceKind>& o) { note(o, spaces_); },
               [&](const Defines<ListenerKind>& o) { note(o, listeners_); },
               [&](const Defines<MappingKind>& o) { note(o, mappings_); },
               [&](const Defines<IommuNotifierKind>& o) { note(o, iommu_notifiers_); },
               [&](const Notifier& notifier) { notifiers_.insert(notifier.value); },
               [](const auto&) {}});
  std::visit(
      [this]<class Op>(const Op& o) {
        if constexpr (requires { o.profile; }) {
          ops_ += QemuOpsDefinition(text_.names.Of(slots_.Next<RegionKind>()), o.profile, o.size);
        }
      },
      operation);
}

// An IOMMU is there from its creation to its destruction.
void SourceWriter::NoteIommus(const Operation& operation) {
  if (std::holds_alternative<op::Iommu>(operation)) iommus_.insert(slots_.Next<RegionKind>());
  if (const auto* const gone = std::get_if<op::Destroy>(&operation)) iommus_.erase(gone->region);
}

// What the reference has there.
std::string SourceWriter::WhereItShows() const {
  const Failure& failure = reproduction_.failure;
  const Signature& signature = failure.signature;
  std::string code = QemuComment(fmt::format("Here it shows: {}", ForComment(failure.message)));
  const Expectation all = ExpectationOf(text_, reproduction_.expect, failure.step);
  std::vector<std::string> lines;
  if (signature.oracle == "events_agree") lines = all.callbacks;
  if (signature.oracle == "views_agree") lines = all.views;
  if (signature.oracle == "answers_agree") lines = all.answer;
  if (signature.field.starts_with("device_call.")) lines = all.device_calls;
  if (failure.probe) {
    lines = ExpectedAnswer(text_, failure.step, *failure.probe).answer;
    code += CallOf(*failure.probe);
  }
  if (signature.oracle != "events_agree" && signature.oracle != "answers_agree" && !failure.probe) {
    code += "    mtree_info(true, false, false, false);\n";
  }
  if (lines.empty()) return code;
  code += "    /*\n     * Expected:\n";
  for (const std::string& line : lines) code += fmt::format("     * {}\n", line);
  return code + "     */\n";
}

std::string SourceWriter::Declarations(std::string_view calls) const {
  // Continued below the first name.
  const auto declare = [](std::string_view type, const std::vector<std::string>& names) {
    if (names.empty()) return std::string();
    const std::string beginning = fmt::format("    static {} ", type);
    const std::string margin(beginning.size(), ' ');
    const std::string list = fmt::format("{};", fmt::join(names, ", "));
    return beginning + Paragraph(list, margin, kQemuWidth).substr(margin.size());
  };
  std::string code = declare("MemoryRegion", regions_) + declare("TableIommu", tables_) +
                     declare("AddressSpace", spaces_) + declare("MemoryListener", listeners_) +
                     declare("HostMapping", mappings_) +
                     declare("PrintingNotifier", iommu_notifiers_);
  if (!notifiers_.empty()) code += "    static EventNotifier notifiers[64];\n";
  if (calls.find("result = ") != std::string_view::npos) code += "    MemTxResult result;\n";
  if (calls.find("value = ") != std::string_view::npos) code += "    uint64_t value;\n";
  if (!code.empty()) code += '\n';
  for (const unsigned notifier : notifiers_) {
    code += fmt::format("    event_notifier_init(&notifiers[{}], 0);\n", notifier);
  }
  return code;
}

std::string SourceWriter::Preface() const {
  const Failure& failure = reproduction_.failure;
  return "/*\n" +
         Paragraph(fmt::format("{}: {}", ForComment(ToString(failure.signature)),
                               ForComment(failure.message)),
                   " * ", kQemuWidth) +
         " *\n"
         " * The same calls to the memory API of QEMU 9 and later, to look for the same\n"
         " * bug there. Call reproduce() with the BQL held, when there is a machine.\n"
         " */\n\n"
         "#include \"qemu/osdep.h\"\n"
         "#include \"exec/memory.h\" /* system/memory.h since QEMU 10.1 */\n"
         "#include \"exec/ram_addr.h\"\n"
         "#include \"exec/ramblock.h\"\n"
         "#include \"migration/vmstate.h\"\n"
         "#include \"qapi/error.h\"\n"
         "#include \"qemu/event_notifier.h\"\n"
         "#include \"qemu/rcu.h\"\n\n"
         "void reproduce(void);\n\n";
}

std::string SourceWriter::Write() {
  std::string calls;
  const auto& operations = text_.program.operations;
  for (std::size_t step = 0; step < operations.size(); ++step) {
    calls += Perform(operations[step], step);
    const bool takes_effect = live_.TakesEffect(reproduction_.expect, step, operations[step]);
    if (takes_effect) NoteIommus(operations[step]);
    live_.Advance(operations[step], takes_effect);
    slots_.Advance(operations[step]);
    if (step == reproduction_.failure.step) break;
  }
  calls += WhereItShows();
  const std::string body =
      fmt::format("void reproduce(void)\n{{\n{}{}}}\n", Declarations(calls), calls);
  return Preface() + QemuPartsFor(ops_ + body) + ops_ + body;
}

}  // namespace

std::string QemuCalls(const Reproduction& reproduction) {
  return SourceWriter(reproduction).Write();
}

}  // namespace flatcheck
