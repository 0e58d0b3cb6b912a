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
#include "fuzz/repro/qemu_parts.h"
#include "fuzz/repro/reproduction.h"
#include "fuzz/repro/source_text.h"
#include "fuzz/slot_table.h"

namespace flatcheck {
namespace {

constexpr std::size_t kWidth = 79;

std::string Bool(Flag flag) { return flag.value ? "true" : "false"; }
// Of a region's size, and of what else QEMU takes as 64 bits.
std::string U64(std::uint64_t value) { return value == UINT64_MAX ? "UINT64_MAX" : Number(value); }
std::string U32(std::uint64_t value) {
  return value > UINT32_MAX ? fmt::format("(unsigned){}", Number(value)) : Number(value);
}

// `function(arguments);`, broken at commas and aligned as QEMU does.
std::string CallOf(std::string_view function, const std::vector<std::string>& arguments) {
  std::string code = fmt::format("    {}(", function);
  const std::size_t column = code.size();
  std::size_t line = column;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string argument = arguments[i] + (i + 1 < arguments.size() ? "," : ");");
    if (i > 0 && line + 1 + argument.size() > kWidth) {
      code += '\n' + std::string(column, ' ');
      line = column;
    } else if (i > 0) {
      code += ' ';
      ++line;
    }
    code += argument;
    line += argument.size();
  }
  return code + (arguments.empty() ? ");\n" : "\n");
}

std::string Comment(std::string_view text) {
  std::string line = fmt::format("    /* {} */\n", text);
  if (line.size() <= kWidth + 1) return line;
  return "    /*\n" + Paragraph(text, "     * ", kWidth) + "     */\n";
}

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
      {"bad-size", "rounds the size up"},
      {"cycle", "recurses without end"},
      {"has-listeners", "asserts"},
      {"has-parent", "asserts"},
      {"is-root", "goes on to use the region"},
      {"is-target", "goes on to use the region"},
      {"not-alias", "asserts"},
      {"not-child", "asserts"},
  };
  if (std::holds_alternative<op::Commit>(operation)) return "asserts";
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

// The call of one operation. Objects are static variables of their identifiers' names.
class Calls {
 public:
  Calls(const Names& names, const SlotTable& slots) : names_(names), slots_(slots) {}

  std::string operator()(const op::Unknown&) {
    return Comment("An operation of another version: nothing.");
  }

  template <class Op>
  std::string operator()(const Op&) {
    return {};
  }

  std::string operator()(const op::Container& o) {
    return Call("memory_region_init", New(), "NULL", Quoted(), U64(o.size.value));
  }
  std::string operator()(const op::Io& o) { return InitIo("&device_ops", OpaqueName(), o.size); }
  std::string operator()(const op::Reservation& o) { return InitIo("NULL", "NULL", o.size); }
  std::string operator()(const op::Ram& o) { return InitRam("memory_region_init_ram", o.size); }
  std::string operator()(const op::Rom& o) { return InitRam("memory_region_init_rom", o.size); }
  std::string operator()(const op::RomDevice& o) {
    return Call("memory_region_init_rom_device", New(), "NULL", "&device_ops", OpaqueName(),
                Quoted(), U64(o.size.value), "&error_fatal");
  }
  std::string operator()(const op::RamDevice& o) {
    return Call("memory_region_init_ram_device_ptr", New(), "NULL", Quoted(), U64(o.size.value),
                fmt::format("qemu_anon_ram_alloc({}, NULL, false, true)", U64(o.size.value)));
  }
  std::string operator()(const op::Alias& o) {
    return Call("memory_region_init_alias", New(), "NULL", Quoted(), Of(o.target),
                U64(o.offset.value), U64(o.size.value));
  }
  std::string operator()(const op::Destroy& o) {
    return Call("object_unparent", fmt::format("OBJECT({})", Of(o.region)));
  }

  std::string operator()(const op::Add& o) {
    if (o.priority.value == 0) {
      return Call("memory_region_add_subregion", Of(o.parent), U64(o.offset.value), Of(o.child));
    }
    return Call("memory_region_add_subregion_overlap", Of(o.parent), U64(o.offset.value),
                Of(o.child),
                o.priority.value == INT32_MIN ? "INT32_MIN" : fmt::format("{}", o.priority.value));
  }
  std::string operator()(const op::Del& o) {
    return Call("memory_region_del_subregion", Of(o.parent), Of(o.child));
  }
  std::string operator()(const op::Enable& o) {
    return Call("memory_region_set_enabled", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::Readonly& o) {
    return Call("memory_region_set_readonly", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::Nonvolatile& o) {
    return Call("memory_region_set_nonvolatile", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::Unmergeable& o) {
    return Call("memory_region_set_unmergeable", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::RomdMode& o) {
    return Call("memory_region_rom_device_set_romd", Of(o.region), Bool(o.on));
  }
  std::string operator()(const op::MoveTo& o) {
    return Call("memory_region_set_address", Of(o.region), U64(o.address.value));
  }
  std::string operator()(const op::Resize& o) {
    return Call("memory_region_set_size", Of(o.region), U64(o.size.value));
  }
  std::string operator()(const op::AliasOffset& o) {
    return Call("memory_region_set_alias_offset", Of(o.region), U64(o.offset.value));
  }

  std::string operator()(const op::Log& o) {
    return Call("memory_region_set_log", Of(o.region), Bool(o.on), "DIRTY_MEMORY_VGA");
  }
  std::string operator()(const op::GlobalLog& o) {
    if (o.on.value) {
      return Call("memory_global_dirty_log_start", "GLOBAL_DIRTY_MIGRATION", "&error_fatal");
    }
    return Call("memory_global_dirty_log_stop", "GLOBAL_DIRTY_MIGRATION");
  }
  std::string operator()(const op::LogSync&) {
    return Call("memory_global_dirty_log_sync", "false");
  }
  std::string operator()(const op::LogClear& o) {
    return Call("memory_region_clear_dirty_bitmap", Of(o.region), U64(o.start.value),
                U64(o.length.value));
  }

  std::string operator()(const op::Begin&) { return Call("memory_region_transaction_begin"); }
  std::string operator()(const op::Commit&) { return Call("memory_region_transaction_commit"); }

  std::string operator()(const op::EventfdAdd& o) {
    return Eventfd("memory_region_add_eventfd", o);
  }
  std::string operator()(const op::EventfdDel& o) {
    return Eventfd("memory_region_del_eventfd", o);
  }
  std::string operator()(const op::Coalesce& o) {
    return Call("memory_region_add_coalescing", Of(o.region), U64(o.offset.value),
                U64(o.size.value));
  }
  std::string operator()(const op::Uncoalesce& o) {
    return Call("memory_region_clear_coalescing", Of(o.region));
  }

  std::string operator()(const op::Space& o) {
    const std::string_view name = names_.Of(slots_.Next<SpaceKind>());
    return Call("address_space_init", fmt::format("&{}", name), Of(o.root),
                fmt::format("\"{}\"", name));
  }
  std::string operator()(const op::SpaceDestroy& o) {
    return Call("address_space_destroy", Of(o.space));
  }
  std::string operator()(const op::Listen& o) {
    const std::string_view name = names_.Of(slots_.Next<ListenerKind>());
    return fmt::format("    {} = printing_listener(\"{}\", {}u);\n", name, name, o.priority.value) +
           Call("memory_listener_register", fmt::format("&{}", name), Of(o.space));
  }
  std::string operator()(const op::Unlisten& o) {
    return Call("memory_listener_unregister", Of(o.listener));
  }

  std::string operator()(const op::Find& o) {
    return Call("ask_find", Of(o.region), U64(o.address.value), U64(o.size.value));
  }
  std::string operator()(const op::Translate& o) {
    return Call("ask_translate", Of(o.space), U64(o.address.value), U64(o.length.value),
                Bool(o.is_write));
  }
  std::string operator()(const op::Read& o) {
    return Call("ask_read", Of(o.space), U64(o.address.value), fmt::format("{}", o.length.value));
  }
  std::string operator()(const op::Write& o) {
    return Call("ask_write", Of(o.space), U64(o.address.value), fmt::format("{}", o.length.value),
                U64(o.value.value));
  }

 private:
  template <class... Arguments>
  static std::string Call(std::string_view function, const Arguments&... arguments) {
    return CallOf(function, {std::string(arguments)...});
  }
  std::string InitRam(std::string_view function, RegionSize size) const {
    return Call(function, New(), "NULL", Quoted(), U64(size.value), "&error_fatal");
  }
  std::string InitIo(std::string_view ops, std::string_view opaque, RegionSize size) const {
    return Call("memory_region_init_io", New(), "NULL", ops, opaque, Quoted(), U64(size.value));
  }
  template <class AnyEventfd>
  std::string Eventfd(std::string_view function, const AnyEventfd& o) const {
    return Call(function, Of(o.region), U64(o.address.value), U32(o.size.value), Bool(o.match),
                U64(o.data.value), fmt::format("&notifiers[{}]", o.notifier.value));
  }

  std::string_view NewName() const { return names_.Of(slots_.Next<RegionKind>()); }
  std::string New() const { return fmt::format("&{}", NewName()); }
  std::string Quoted() const { return fmt::format("\"{}\"", NewName()); }
  // What the device's callbacks are told.
  std::string OpaqueName() const { return fmt::format("(void *)\"{}\"", NewName()); }
  template <class AnySlot>
  std::string Of(AnySlot slot) const {
    return fmt::format("&{}", names_.Of(slot));
  }

  const Names& names_;
  const SlotTable& slots_;
};

class SourceWriter {
 public:
  explicit SourceWriter(const Reproduction& reproduction)
      : reproduction_(reproduction), text_(reproduction.text) {
    text_.names = IdentifiersFor(text_.names);
  }

  std::string Write();

 private:
  std::string Perform(const Operation& operation, std::size_t step);
  std::string WhereItShows() const;
  std::string Declarations() const;
  std::string Preface() const;

  const Reproduction& reproduction_;
  ProgramText text_;  // Its names are identifiers.
  LiveObjects live_;
  SlotTable slots_;
  // Created so far.
  std::vector<std::string> regions_;
  std::vector<std::string> spaces_;
  std::vector<std::string> listeners_;
  std::set<unsigned> notifiers_;
};

std::string SourceWriter::Perform(const Operation& operation, std::size_t step) {
  const std::string_view refusal = live_.RefusalOf(reproduction_.expect, step, operation);
  if (!live_.HasAll(operation)) {
    return Comment(
        fmt::format("Refused, since an object is absent: {}", ForComment(text_.lines[step].text)));
  }
  std::string call = std::visit(Calls(text_.names, slots_), operation);
  if (!refusal.empty()) {
    return Refused(call,
                   fmt::format("Refused ({}); QEMU {}:", refusal, InQemu(operation, refusal)));
  }
  VisitOperands(operation,
                Overload{[&](const Defines<RegionKind>&) {
                           regions_.emplace_back(text_.names.Of(slots_.Next<RegionKind>()));
                         },
                         [&](const Defines<SpaceKind>&) {
                           spaces_.emplace_back(text_.names.Of(slots_.Next<SpaceKind>()));
                         },
                         [&](const Defines<ListenerKind>&) {
                           listeners_.emplace_back(text_.names.Of(slots_.Next<ListenerKind>()));
                         },
                         [&](const Notifier& notifier) { notifiers_.insert(notifier.value); },
                         [](const auto&) {}});
  return call;
}

// What the reference has there.
std::string SourceWriter::WhereItShows() const {
  const Failure& failure = reproduction_.failure;
  const Signature& signature = failure.signature;
  std::string code = Comment(fmt::format("Here it shows: {}", ForComment(failure.message)));
  const Expectation all = ExpectationOf(text_, reproduction_.expect, failure.step);
  std::vector<std::string> lines;
  if (signature.oracle == "events_agree") lines = all.callbacks;
  if (signature.oracle == "views_agree") lines = all.views;
  if (signature.oracle == "answers_agree") lines = all.answer;
  if (signature.field.starts_with("device_call.")) lines = all.device_calls;
  if (failure.probe) {
    lines = ExpectedAnswer(text_, failure.step, *failure.probe).answer;
    code += std::visit(Calls(text_.names, slots_), *failure.probe);
  }
  if (signature.oracle != "events_agree" && signature.oracle != "answers_agree" && !failure.probe) {
    code += "    mtree_info(true, false, false, false);\n";
  }
  if (lines.empty()) return code;
  code += "    /*\n     * Expected:\n";
  for (const std::string& line : lines) code += fmt::format("     * {}\n", line);
  return code + "     */\n";
}

std::string SourceWriter::Declarations() const {
  // Continued below the first name.
  const auto declare = [](std::string_view type, const std::vector<std::string>& names) {
    if (names.empty()) return std::string();
    const std::string beginning = fmt::format("    static {} ", type);
    const std::string margin(beginning.size(), ' ');
    const std::string list = fmt::format("{};", fmt::join(names, ", "));
    return beginning + Paragraph(list, margin, kWidth).substr(margin.size());
  };
  std::string code = declare("MemoryRegion", regions_) + declare("AddressSpace", spaces_) +
                     declare("MemoryListener", listeners_);
  if (!notifiers_.empty()) code += "    static EventNotifier notifiers[64];\n";
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
                   " * ", kWidth) +
         " *\n"
         " * The same calls to the memory API of QEMU 9 and later, to look for the same\n"
         " * bug there. Call reproduce() with the BQL held, when there is a machine.\n"
         " */\n\n"
         "#include \"qemu/osdep.h\"\n"
         "#include \"exec/memory.h\" /* system/memory.h since QEMU 10.1 */\n"
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
    live_.Advance(operations[step],
                  live_.TakesEffect(reproduction_.expect, step, operations[step]));
    slots_.Advance(operations[step]);
    if (step == reproduction_.failure.step) break;
  }
  calls += WhereItShows();
  const std::string body = fmt::format("void reproduce(void)\n{{\n{}{}}}\n", Declarations(), calls);
  return Preface() + QemuPartsFor(body) + body;
}

}  // namespace

std::string QemuCalls(const Reproduction& reproduction) {
  return SourceWriter(reproduction).Write();
}

}  // namespace flatcheck
