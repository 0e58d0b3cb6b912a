#include "fuzz/repro/engine_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fuzz/repro/source_text.h"

namespace flatcheck {
namespace {

constexpr std::size_t kWidth = 100;

std::string Bool(Flag flag) { return flag.value ? "true" : "false"; }
std::string Hex(std::uint64_t value) { return Number(value); }
std::string SizeOf(RegionSize size) {
  return size.value == UINT64_MAX ? "UINT64_MAX" : Number(size.value);
}
std::string Signed(Priority priority) {
  return priority.value == INT32_MIN ? "INT32_MIN" : fmt::format("{}", priority.value);
}

template <class Eventfd>
std::string Entry(const Eventfd& o) {
  return fmt::format("{{.address = {}, .size = {}, .match_data = {}, .data = {}, .notifier = {}}}",
                     Hex(o.address.value), Hex(o.size.value), Bool(o.match), Hex(o.data.value),
                     o.notifier.value);
}

// The call of one operation: each object that it names is there.
class Expressions {
 public:
  Expressions(EngineCalls& calls, std::string name, std::string performer)
      : calls_(calls), name_(std::move(name)), performer_(std::move(performer)) {}

  std::string operator()(const op::Unknown&) { return {}; }

  template <class Op>
  std::string operator()(const Op&) {
    return {};
  }

  std::string operator()(const op::Container& o) { return Create("Container", o.size); }
  std::string operator()(const op::Io& o) { return Create("Io", o.size, performer_); }
  std::string operator()(const op::Reservation& o) { return Create("Reservation", o.size); }
  std::string operator()(const op::Ram& o) { return Create("Ram", o.size); }
  std::string operator()(const op::Rom& o) { return Create("Rom", o.size); }
  std::string operator()(const op::RomDevice& o) { return Create("RomDevice", o.size, performer_); }
  std::string operator()(const op::RamDevice& o) { return Create("RamDevice", o.size); }
  std::string operator()(const op::Alias& o) {
    return Create("Alias", o.size, Of(o.target), Hex(o.offset.value));
  }
  std::string operator()(const op::Destroy& o) { return Call("Destroy", Of(o.region)); }

  std::string operator()(const op::Add& o) {
    if (o.priority.value == 0) {
      return Call("AddSubregion", Of(o.parent), Hex(o.offset.value), Of(o.child));
    }
    return Call("AddSubregion", Of(o.parent), Hex(o.offset.value), Of(o.child), Signed(o.priority));
  }
  std::string operator()(const op::Del& o) {
    return Call("DelSubregion", Of(o.parent), Of(o.child));
  }
  std::string operator()(const op::Enable& o) { return Set("Enabled", o.region, Bool(o.on)); }
  std::string operator()(const op::Readonly& o) { return Set("Readonly", o.region, Bool(o.on)); }
  std::string operator()(const op::Nonvolatile& o) {
    return Set("Nonvolatile", o.region, Bool(o.on));
  }
  std::string operator()(const op::Unmergeable& o) {
    return Set("Unmergeable", o.region, Bool(o.on));
  }
  std::string operator()(const op::RomdMode& o) { return Set("RomdMode", o.region, Bool(o.on)); }
  std::string operator()(const op::MoveTo& o) {
    return Set("Address", o.region, Hex(o.address.value));
  }
  std::string operator()(const op::Resize& o) { return Set("Size", o.region, SizeOf(o.size)); }
  std::string operator()(const op::AliasOffset& o) {
    return Set("AliasOffset", o.region, Hex(o.offset.value));
  }

  std::string operator()(const op::Log& o) {
    return Call(o.on.value ? "StartLog" : "StopLog", Of(o.region));
  }
  std::string operator()(const op::GlobalLog& o) {
    return Call(o.on.value ? "StartGlobalLog" : "StopGlobalLog");
  }
  std::string operator()(const op::LogSync&) { return Call("SyncLog"); }
  std::string operator()(const op::LogClear& o) {
    return Call("ClearLog", Of(o.region), Hex(o.start.value), Hex(o.length.value));
  }
  std::string operator()(const op::Begin&) { return Call("Begin"); }
  std::string operator()(const op::Commit&) { return Call("Commit"); }

  std::string operator()(const op::EventfdAdd& o) {
    return Call("AddIoEventfd", Of(o.region), Entry(o));
  }
  std::string operator()(const op::EventfdDel& o) {
    return Call("DelIoEventfd", Of(o.region), Entry(o));
  }
  std::string operator()(const op::Coalesce& o) {
    return Call("AddCoalescing", Of(o.region), Hex(o.offset.value), Hex(o.size.value));
  }
  std::string operator()(const op::Uncoalesce& o) { return Call("ClearCoalescing", Of(o.region)); }

  std::string operator()(const op::Space& o) {
    return Call("CreateAddressSpace", Quoted(), Of(o.root));
  }
  std::string operator()(const op::SpaceDestroy& o) {
    return Call("DestroyAddressSpace", Of(o.space));
  }
  std::string operator()(const op::Listen& o) {
    return Call("RegisterListener", performer_, Of(o.space), fmt::format("{}", o.priority.value));
  }
  std::string operator()(const op::Unlisten&) { return Call("UnregisterListener", performer_); }

  std::string operator()(const op::Find& o) {
    return fmt::format("Find(map, {}, {}, {})", Of(o.region), Hex(o.address.value),
                       Hex(o.size.value));
  }
  std::string operator()(const op::Translate& o) {
    return fmt::format("Translate({}, {}, {}, map.limits().page_size)", Of(o.space),
                       Hex(o.address.value), Hex(o.length.value));
  }
  std::string operator()(const op::Read& o) {
    return fmt::format("Bytes(map, {}, {}, {})", Of(o.space), Hex(o.address.value), o.length.value);
  }
  std::string operator()(const op::Write& o) {
    return fmt::format("Write(map, {}, {}, Repeated({}, {}))", Of(o.space), Hex(o.address.value),
                       Hex(o.value.value), o.length.value);
  }

 private:
  template <class... Arguments>
  static std::string Call(std::string_view function, const Arguments&... arguments) {
    std::string list;
    ((list += list.empty() ? std::string(arguments) : ", " + std::string(arguments)), ...);
    return fmt::format("map.{}({})", function, list);
  }
  template <class... Arguments>
  std::string Create(std::string_view kind, RegionSize size, const Arguments&... arguments) const {
    return Call(fmt::format("Create{}", kind), Quoted(), SizeOf(size), arguments...);
  }
  std::string Set(std::string_view attribute, RegionSlot region, const std::string& value) const {
    return Call(fmt::format("Set{}", attribute), Of(region), value);
  }
  std::string Quoted() const { return fmt::format("\"{}\"", name_); }
  template <class AnySlot>
  std::string Of(AnySlot slot) const {
    return calls_.Variable(slot);
  }

  EngineCalls& calls_;
  std::string name_;       // Of the object that it creates.
  std::string performer_;  // The device or the listener.
};

template <class Op>
concept HasDevice = std::is_same_v<Op, op::Io> || std::is_same_v<Op, op::RomDevice>;

// The index of the parenthesis behind which a long statement is broken: the innermost one before
// the first string or brace, or before the end.
std::size_t Break(std::string_view code) {
  const std::size_t argument = std::min(code.find_first_of("\"{"), code.size());
  return code.rfind('(', argument);
}

}  // namespace

std::string StatementLines(std::string code, std::string_view comment) {
  std::string line = fmt::format("  {}", code);
  if (!comment.empty()) {
    if (line.size() + 4 + comment.size() > kWidth) {
      return fmt::format("  // {}\n{}", comment, StatementLines(std::move(code)));
    }
    return fmt::format("{}  // {}\n", line, comment);
  }
  if (line.size() <= kWidth || code.find('\n') != std::string::npos) return line + '\n';
  const std::size_t open = Break(code);
  if (open == std::string::npos) return line + '\n';
  constexpr std::string_view kMargin = "\n      ";
  const std::size_t brace = code.find(", {", open);
  if (brace != std::string::npos && code.size() - open - 1 + kMargin.size() - 1 > kWidth) {
    code.replace(brace + 1, 1, kMargin);
  }
  code.insert(open + 1, kMargin);
  return fmt::format("  {}\n", code);
}

std::string EngineCalls::Variable(RegionSlot region) {
  return variables_.emplace_back(text_.names.Of(region));
}

std::string EngineCalls::Variable(SpaceSlot space) {
  return variables_.emplace_back(text_.names.Of(space));
}

std::string EngineCalls::Device(RegionSlot region) {
  const std::string_view name = text_.names.Of(region);
  if (!cast_.device.starts_with("Recording")) {
    const std::string declaration = fmt::format("{} device;", cast_.device);
    if (std::ranges::find(performers_, declaration) == performers_.end()) {
      performers_.push_back(declaration);
    }
    return "device";
  }
  performers_.push_back(fmt::format("{} {}_device(\"{}\", heard);", cast_.device, name, name));
  return fmt::format("{}_device", name);
}

std::string EngineCalls::Listener(ListenerSlot listener) {
  const std::string_view name = text_.names.Of(listener);
  const bool records = cast_.listener.starts_with("Recording");
  performers_.push_back(records ? fmt::format("{} {}(\"{}\", heard);", cast_.listener, name, name)
                                : fmt::format("{} {};", cast_.listener, name));
  return std::string(name);
}

std::string EngineCalls::Expression(const Operation& operation) {
  return std::visit(
      [this]<class Op>(const Op& held) {
        std::string name;
        std::string performer;
        if constexpr (std::is_same_v<Op, op::Listen>) {
          performer = Listener(slots_.Next<ListenerKind>());
        } else if constexpr (std::is_same_v<Op, op::Unlisten>) {
          performer = text_.names.Of(held.listener);
        } else if constexpr (std::is_same_v<Op, op::Space>) {
          name = text_.names.Of(slots_.Next<SpaceKind>());
        } else {
          name = text_.names.Of(slots_.Next<RegionKind>());
          if constexpr (HasDevice<Op>) performer = Device(slots_.Next<RegionKind>());
        }
        return Expressions(*this, std::move(name), std::move(performer))(held);
      },
      operation);
}

std::string EngineCalls::TakeNext() {
  std::string expression;
  if (live_.HasAll(next())) expression = Expression(next());
  Skip();
  return expression;
}

void EngineCalls::Skip() {
  live_.Advance(next(), live_.TakesEffect(expect_, step_, next()));
  slots_.Advance(next());
  ++step_;
}

void EngineCalls::Perform() {
  const Operation& operation = next();
  const std::string_view refusal = live_.RefusalOf(expect_, step_, operation);
  Statement statement;
  if (std::holds_alternative<op::Unknown>(operation)) {
    statement.code = "// Nothing: the operation is of another version.";
  } else if (!live_.HasAll(operation)) {
    statement.code = fmt::format("// Refused, since an object is absent: {}",
                                 ForComment(text_.lines[step_].text));
  } else {
    statement.code = Expression(operation);
    const bool asks = statement.code.find("map.") != 0;
    if (!asks && refusal.empty()) statement.code = fmt::format("Granted({})", statement.code);
    if (!asks && !refusal.empty()) statement.code = fmt::format("Refused({})", statement.code);
    statement.code += ';';
    statement.comment = refusal;
  }
  if (refusal.empty()) {
    VisitOperands(operation, Overload{[&](const Defines<RegionKind>&) {
                                        statement.object =
                                            text_.names.Of(slots_.Next<RegionKind>());
                                        statement.declaration = "MemoryRegion& ";
                                      },
                                      [&](const Defines<SpaceKind>&) {
                                        statement.object = text_.names.Of(slots_.Next<SpaceKind>());
                                        statement.declaration = "AddressSpace& ";
                                      },
                                      [](const auto&) {}});
  }
  statements_.push_back(std::move(statement));
  Skip();
}

std::string EngineCalls::Body(std::string_view map_declaration) const {
  std::string body;
  const bool records = std::ranges::any_of(performers_, [](const std::string& declaration) {
    return declaration.starts_with("Recording");
  });
  if (records) body += "  std::string heard;\n";
  for (const std::string& declaration : performers_) body += StatementLines(declaration);
  body += StatementLines(std::string(map_declaration));
  for (const Statement& statement : statements_) {
    const bool is_named = std::ranges::find(variables_, statement.object) != variables_.end();
    const std::string declaration =
        is_named ? fmt::format("{}{} = ", statement.declaration, statement.object) : "";
    body += StatementLines(declaration + statement.code, statement.comment);
  }
  return body;
}

}  // namespace flatcheck
