#include "fuzz/repro/engine_calls.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "fuzz/operation_kinds.h"
#include "fuzz/repro/engine_expressions.h"
#include "fuzz/repro/map_expression.h"
#include "fuzz/repro/profile_arguments.h"
#include "fuzz/repro/source_text.h"

namespace flatcheck {
namespace {

constexpr std::size_t kWidth = 100;

template <class Op>
concept HasDevice = kIsOneOf<Op, op::Io, op::RomDevice>;

// What the engine's function returns.
enum class Outcome : std::uint8_t {
  kCreated,   // Created<T>.
  kRefusal,   // Refusal.
  kAnswered,  // An answer with a member `refusal`.
  kAnswer,    // An answer, or nothing: there is nothing to refuse.
};

template <class Op>
constexpr Outcome OutcomeOf() {
  if (CreatesRegion<Op> || std::is_same_v<Op, op::Space>) return Outcome::kCreated;
  if (kIsOneOf<Op, op::Dirty, op::TestClear, op::Snapshot, op::RegionPointer>) {
    return Outcome::kAnswered;
  }
  const bool only_answers =
      kIsOneOf<Op, op::Unknown, op::Find, op::Translate, op::Read, op::Write, op::Load, op::Store,
               op::AccessValid, op::WriteRom, op::Blocks, op::Map, op::Peek, op::Poke, op::HostOf,
               op::IommuMap, op::IommuUnmap, op::IotlbEntry>;
  return only_answers ? Outcome::kAnswer : Outcome::kRefusal;
}

Outcome OutcomeOf(const Operation& operation) {
  return std::visit([]<class Op>(const Op&) { return OutcomeOf<Op>(); }, operation);
}

std::string FlagsText(EventFlags flags) {
  constexpr std::string_view kFlags[] = {"kIommuUnmap", "kIommuMap", "kIommuDeviceIotlbUnmap"};
  std::string text;
  for (std::size_t bit = 0; bit < std::size(kFlags); ++bit) {
    if ((flags.value >> bit & 1) == 0) continue;
    text += text.empty() ? "" : " | ";
    text += kFlags[bit];
  }
  return text.empty() ? "0" : text;
}

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
    const std::size_t end = code.find("}, ", brace);
    const bool is_long = code.size() - brace - 2 + kMargin.size() - 1 > kWidth;
    if (is_long && end != std::string::npos) code.replace(end + 2, 1, kMargin);
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

std::string EngineCalls::Variable(MappingSlot mapping) {
  return variables_.emplace_back(text_.names.Of(mapping));
}

bool EngineCalls::Records() const { return cast_.device.starts_with("Recording"); }

// On one line if there is room, else with a line for each argument.
void EngineCalls::Declare(std::string_view type, std::string_view variable,
                          const std::vector<std::string>& arguments) {
  if (arguments.empty()) return performers_.push_back(fmt::format("{} {};", type, variable));
  const std::string list = fmt::format("{}", fmt::join(arguments, ", "));
  std::string line = fmt::format("{} {}({});", type, variable, list);
  const bool fits = line.size() + 2 <= kWidth && line.find('\n') == std::string::npos;
  performers_.push_back(
      fits ? std::move(line)
           : fmt::format("{} {}(\n      {});", type, variable, fmt::join(arguments, ",\n      ")));
}

std::string EngineCalls::Device(RegionSlot region, RegionSize size, const Profile& profile) {
  const std::string_view name = text_.names.Of(region);
  std::string variable = fmt::format("{}_device", name);
  std::vector<std::string> arguments = ProfileArguments(profile, size);
  if (Records()) {
    arguments.insert(arguments.begin(), {fmt::format("\"{}\"", name), "heard"});
    Declare("RecordingDevice", variable, arguments);
    return variable;
  }
  if (!arguments.empty()) {
    Declare("ProfiledDevice", variable, arguments);
    return variable;
  }
  const std::string declaration = fmt::format("{} device;", cast_.device);
  if (std::ranges::find(performers_, declaration) == performers_.end()) {
    performers_.push_back(declaration);
  }
  return "device";
}

std::string EngineCalls::Iommu(RegionSlot region, IommuTraits traits) {
  const std::string_view name = text_.names.Of(region);
  std::string variable = fmt::format("{}_iommu", name);
  const std::string refuses = traits.nomap ? "RefusesMap::kYes" : "RefusesMap::kNo";
  if (Records()) {
    Declare("RecordingIommu", variable,
            {fmt::format("\"{}\"", name), "heard", refuses,
             traits.trace ? "Traces::kYes" : "Traces::kNo"});
  } else {
    Declare("TableIommu", variable,
            traits.nomap ? std::vector{refuses} : std::vector<std::string>());
  }
  iommus_.push_back(variable);
  return variable;
}

std::string EngineCalls::IommuNotifier(IommuNotifierSlot slot, const op::IommuNotifierAdd& add) {
  std::string name(text_.names.Of(slot));
  std::vector<std::string> arguments = {Number(add.first.value), Number(add.last.value),
                                        FlagsText(add.flags)};
  if (Records()) {
    arguments.insert(arguments.begin(), {fmt::format("\"{}\"", name), "heard"});
    Declare("RecordingNotifier", name, arguments);
  } else {
    Declare("DeafNotifier", name, arguments);
  }
  return name;
}

std::string EngineCalls::Listener(ListenerSlot listener) {
  const std::string_view name = text_.names.Of(listener);
  const bool records = cast_.listener.starts_with("Recording");
  performers_.push_back(records ? fmt::format("{} {}(\"{}\", heard);", cast_.listener, name, name)
                                : fmt::format("{} {};", cast_.listener, name));
  return std::string(name);
}

// The variable of who performs what the operation asks for.
template <class Op>
std::string EngineCalls::Performer(const Op& operation) {
  const RegionSlot region = slots_.Next<RegionKind>();
  if constexpr (HasDevice<Op>) return Device(region, operation.size, operation.profile);
  if constexpr (std::is_same_v<Op, op::Iommu>) return Iommu(region, operation.traits);
  if constexpr (std::is_same_v<Op, op::ResizeableRam>) {
    return Records() ? fmt::format("Resized(\"{}\", heard)", text_.names.Of(region)) : "";
  }
  if constexpr (std::is_same_v<Op, op::Listen>) return Listener(slots_.Next<ListenerKind>());
  if constexpr (std::is_same_v<Op, op::Unlisten>) {
    return std::string(text_.names.Of(operation.listener));
  }
  if constexpr (kIsOneOf<Op, op::IommuMap, op::IommuUnmap>) {
    return fmt::format("{}_iommu", text_.names.Of(operation.region));
  }
  if constexpr (std::is_same_v<Op, op::IommuNotifierAdd>) {
    return IommuNotifier(slots_.Next<IommuNotifierKind>(), operation);
  }
  if constexpr (kIsOneOf<Op, op::IommuNotifierDel, op::IommuReplay>) {
    return std::string(text_.names.Of(operation.notifier));
  }
  return {};
}

std::string EngineCalls::Expression(const Operation& operation) {
  return std::visit(
      [this]<class Op>(const Op& held) {
        const std::string name(std::is_same_v<Op, op::Space>
                                   ? text_.names.Of(slots_.Next<SpaceKind>())
                                   : text_.names.Of(slots_.Next<RegionKind>()));
        const std::string performer = Performer(held);
        const Overload call{MapExpression(*this, name, performer),
                            MemoryExpression(*this, name, performer)};
        return call(held);
      },
      operation);
}

bool EngineCalls::CanBeAsked() const {
  return live_.HasAll(next()) && (OutcomeOf(next()) != Outcome::kAnswer || refusal().empty()) &&
         refusal() != "too-long";
}

bool EngineCalls::AnswersOnly() const { return OutcomeOf(next()) == Outcome::kAnswer; }

std::string_view EngineCalls::refusal() const { return live_.RefusalOf(expect_, step_, next()); }

std::string EngineCalls::TakeRefusal() {
  const Outcome outcome = OutcomeOf(next());
  const std::string request = TakeNext();
  const bool is_member = outcome == Outcome::kCreated || outcome == Outcome::kAnswered;
  return is_member ? request + ".refusal" : request;
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

// The operation as code, checked for whether it takes effect.
std::string EngineCalls::Checked(const Operation& operation) {
  const bool takes_effect = live_.TakesEffect(expect_, step_, operation);
  const std::string_view check = takes_effect ? "Granted" : "Refused";
  std::string code = Expression(operation);
  switch (OutcomeOf(operation)) {
    case Outcome::kCreated:
    case Outcome::kRefusal:
      return fmt::format("{}({});", check, code);
    case Outcome::kAnswered:
      return fmt::format("{}({}.refusal);", check, code);
    case Outcome::kAnswer:
      return code + ';';
  }
  return code;
}

EngineCalls::Statement EngineCalls::StatementOf(const Operation& operation) {
  if (std::holds_alternative<op::Unknown>(operation)) {
    return {.code = "// Nothing: the operation is of another version."};
  }
  const std::string source = ForComment(text_.lines[step_].text);
  if (!live_.HasAll(operation)) {
    return {.code = fmt::format("// Refused, since an object is absent: {}", source)};
  }
  if (!CanBeAsked()) return {.code = fmt::format("// Refused ({}): {}", refusal(), source)};
  const bool fails = refusal().empty() && !live_.TakesEffect(expect_, step_, operation);
  return {.code = Checked(operation), .comment = fails ? "it fails" : std::string(refusal())};
}

// Sees to it that the statement declares what it creates. A mapping lives as long as its variable.
void EngineCalls::NameObject(const Operation& operation, Statement& statement) {
  const auto name = [&statement](std::string_view type, std::string_view object) {
    statement.declaration = type;
    statement.object = object;
  };
  VisitOperands(operation,
                Overload{[&](const Defines<RegionKind>&) {
                           name("MemoryRegion& ", text_.names.Of(slots_.Next<RegionKind>()));
                         },
                         [&](const Defines<SpaceKind>&) {
                           name("AddressSpace& ", text_.names.Of(slots_.Next<SpaceKind>()));
                         },
                         [&](const Defines<MappingKind>&) {
                           name("Mapping ", Variable(slots_.Next<MappingKind>()));
                         },
                         [](const auto&) {}});
}

void EngineCalls::Perform() {
  const Operation& operation = next();
  // What an IOMMU's table leads to must be there.
  const auto* const gone = std::get_if<op::SpaceDestroy>(&operation);
  if (gone != nullptr && refusal().empty()) {
    for (const std::string& iommu : iommus_) {
      Add(fmt::format("{}.Forget({});", iommu, Variable(gone->space)));
    }
  }
  Statement statement = StatementOf(operation);
  if (refusal().empty()) NameObject(operation, statement);
  statements_.push_back(std::move(statement));
  Skip();
}

std::string EngineCalls::Body(std::string_view map_declaration) const {
  std::string body;
  const bool records =
      Records() || std::ranges::any_of(performers_, [](const std::string& declaration) {
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
