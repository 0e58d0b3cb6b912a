#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "fuzz/operand_text.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/program_text.h"
#include "fuzz/slot_table.h"
#include "fuzz/words.h"

namespace flatcheck {
namespace {

using Tokens = std::vector<std::string_view>;

// A token that is not what it should be; the empty one is the end of the line.
struct Mismatch {
  std::string_view token;
  std::string expected;
};

struct Syntax {
  const OperationKind* kind = nullptr;
  Tokens words;
};

// What the names of one kind stand for at one place of the text.
template <class Kind>
struct Scope {
  struct Meaning {
    Slot<Kind> slot;
    bool in_use = false;  // No operation ends the object.
  };
  std::unordered_map<std::string_view, Meaning> meanings;
};

class Parser {
 public:
  Parser();
  std::variant<ProgramText, ParseError> Run(std::string_view text);

 private:
  std::optional<Mismatch> ParseLine(const Tokens& tokens);
  std::optional<Mismatch> ParseUnknown(const Tokens& tokens);
  std::optional<Mismatch> FindSyntax(const Tokens& tokens, const Syntax*& syntax) const;
  std::optional<Mismatch> ReadOperands(const Tokens& operands, Operation& operation) const;

  // What was expected in the token's place, or nothing. Of several words the token becomes the
  // wrong one.
  template <class Kind>
  std::string Read(std::string_view token, Defines<Kind>&) const;
  template <class Kind>
  std::string Read(std::string_view token, Slot<Kind>& slot) const;
  template <class Scalar>
  std::string Read(std::string_view& token, Scalar& scalar) const {
    return std::string(ParseOperand(token, scalar));
  }

  // From here on the names mean what they mean behind the operation.
  void Advance(const Tokens& operands, const Operation& operation);

  template <class Kind>
  const Scope<Kind>& ScopeOf() const {
    return std::get<Scope<Kind>>(scopes_);
  }

  std::vector<Syntax> syntaxes_;
  std::tuple<Scope<RegionKind>, Scope<SpaceKind>, Scope<ListenerKind>, Scope<MappingKind>,
             Scope<IommuNotifierKind>>
      scopes_;
  SlotTable slots_;
  ProgramText result_;
};

constexpr std::string_view kNoName = "-";

constexpr std::string_view Noun(RegionSlot) { return "region"; }
constexpr std::string_view Noun(SpaceSlot) { return "address space"; }
constexpr std::string_view Noun(ListenerSlot) { return "listener"; }
constexpr std::string_view Noun(MappingSlot) { return "mapping"; }
constexpr std::string_view Noun(IommuNotifierSlot) { return "IOMMU notifier"; }

// A creation of these may fail without being refused, which leaves the name free; the text cannot
// tell, so such a name may always be defined again.
template <class Kind>
constexpr bool kMayBeRedefined =
    std::is_same_v<Kind, MappingKind> || std::is_same_v<Kind, IommuNotifierKind>;

// The word of the syntax at that place of a line; empty behind its end.
std::string_view WordAt(const Tokens& syntax, std::size_t i) {
  if (i < syntax.size()) return syntax[i];
  return syntax.back() == kRestOfLine ? kRestOfLine : std::string_view();
}

// From one token to the last.
std::string_view Rest(const Tokens& tokens, std::size_t begin) {
  if (begin >= tokens.size()) return {};
  return {tokens[begin].data(), tokens.back().data() + tokens.back().size()};
}

// For people: in quotes, of bearable length, without control characters.
std::string Quote(std::string_view token) {
  constexpr std::size_t kBytesMax = 40;
  if (token.empty()) return "the end of the line";
  std::string quoted;
  for (const char c : token.substr(0, kBytesMax)) {
    const bool is_plain = c > ' ' && c <= '~';
    quoted += is_plain ? std::string(1, c) : fmt::format("\\x{:02x}", c & 0xff);
  }
  return fmt::format("'{}{}'", quoted, token.size() > kBytesMax ? "..." : "");
}

Parser::Parser() {
  for (const OperationKind& kind : kOperationKinds) {
    syntaxes_.push_back({&kind, Words(kind.syntax)});
  }
}

std::variant<ProgramText, ParseError> Parser::Run(std::string_view text) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view code = line.substr(0, line.find('#'));
    const Tokens tokens = Words(code);
    if (tokens.empty()) continue;
    if (const auto mismatch = ParseLine(tokens)) {
      return ParseError{number, Quote(mismatch->token), mismatch->expected};
    }
    const char* const end = tokens.back().data() + tokens.back().size();
    result_.lines.push_back({number, std::string(tokens.front().data(), end)});
  }
  return std::move(result_);
}

std::optional<Mismatch> Parser::ParseLine(const Tokens& tokens) {
  if (tokens.front() == "unknown") return ParseUnknown(tokens);
  const Syntax* syntax = nullptr;
  if (auto mismatch = FindSyntax(tokens, syntax)) return mismatch;
  Tokens operands;
  for (std::size_t i = 0; i < syntax->words.size(); ++i) {
    const std::string_view word = syntax->words[i];
    if (!IsOperandWord(word)) continue;
    if (word == kRestOfLine) {
      operands.push_back(Rest(tokens, i));
    } else {
      operands.push_back(i < tokens.size() ? tokens[i] : word == "[%]" ? "0" : "");
    }
  }
  Operation operation = syntax->kind->blank();
  if (auto mismatch = ReadOperands(operands, operation)) return mismatch;
  Advance(operands, operation);
  result_.program.operations.push_back(std::move(operation));
  return std::nullopt;
}

// `unknown NUMBER BYTES`: the bytes in hexadecimal, `-` for none.
std::optional<Mismatch> Parser::ParseUnknown(const Tokens& tokens) {
  const auto token = [&](std::size_t i) {
    return i < tokens.size() ? tokens[i] : Tokens::value_type();
  };
  if (tokens.size() > 3) return Mismatch{tokens[3], "the end of the line"};
  const std::optional<std::uint64_t> number = ParseNumber(token(1));
  if (!number || *number > 255 || FindKind(static_cast<std::uint8_t>(*number)) != nullptr) {
    return Mismatch{token(1), "a number up to 255 that is no known operation's"};
  }
  op::Unknown unknown{static_cast<std::uint8_t>(*number), {}};
  const std::string_view digits = token(2) == kNoName ? "" : token(2);
  const Mismatch bad{token(2), fmt::format("up to {} bytes of two hexadecimal digits, or -",
                                           op::Unknown::kPayloadBytesMax)};
  if (token(2).empty() || digits.size() % 2 != 0 ||
      digits.size() / 2 > op::Unknown::kPayloadBytesMax)
    return bad;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto byte = ParseNumber(fmt::format("0x{}", digits.substr(i, 2)));
    if (!byte) return bad;
    unknown.payload.push_back(static_cast<std::uint8_t>(*byte));
  }
  result_.program.operations.emplace_back(std::move(unknown));
  return std::nullopt;
}

// The one syntax whose own words stand at their places among the tokens.
std::optional<Mismatch> Parser::FindSyntax(const Tokens& tokens, const Syntax*& syntax) const {
  std::vector<const Syntax*> candidates;
  for (const Syntax& candidate : syntaxes_) {
    if (candidate.words.front() == tokens.front()) candidates.push_back(&candidate);
  }
  if (candidates.empty()) return Mismatch{tokens.front(), "an operation"};
  for (std::size_t i = 1; candidates.size() > 1 || i < tokens.size(); ++i) {
    const std::string_view token = i < tokens.size() ? tokens[i] : std::string_view();
    std::vector<std::string_view> expected;
    std::erase_if(candidates, [&](const Syntax* candidate) {
      const std::string_view word = WordAt(candidate->words, i);
      if (IsOperandWord(word) || (word == token && !word.empty())) return false;
      expected.push_back(word.empty() ? "the end of the line" : word);
      return true;
    });
    if (candidates.empty()) return Mismatch{token, fmt::format("{}", fmt::join(expected, ", "))};
  }
  syntax = candidates.front();
  return std::nullopt;
}

std::optional<Mismatch> Parser::ReadOperands(const Tokens& operands, Operation& operation) const {
  std::optional<Mismatch> mismatch;
  auto token = operands.begin();
  VisitOperands(operation, [&](auto& operand) {
    std::string_view read = *token++;
    if (mismatch) return;
    std::string expected = Read(read, operand);
    if (!expected.empty()) mismatch = Mismatch{read, std::move(expected)};
  });
  return mismatch;
}

template <class Kind>
std::string Parser::Read(std::string_view token, Defines<Kind>&) const {
  const std::string_view noun = Noun(Slot<Kind>());
  if (token.empty() || token == kNoName) return fmt::format("the new {}'s name", noun);
  if (slots_.DefinedCount<Kind>() == SlotTable::kObjectsMax) {
    return fmt::format("at most {} {}s", SlotTable::kObjectsMax, noun);
  }
  const auto& meanings = ScopeOf<Kind>().meanings;
  const auto found = meanings.find(token);
  if (kMayBeRedefined<Kind> || found == meanings.end() || !found->second.in_use) return {};
  return fmt::format("a name that no {} has", noun);
}

template <class Kind>
std::string Parser::Read(std::string_view token, Slot<Kind>& slot) const {
  if (token.empty()) return fmt::format("the {}'s name", Noun(slot));
  const auto& meanings = ScopeOf<Kind>().meanings;
  const auto found = meanings.find(token);
  if (found != meanings.end()) slot = found->second.slot;
  return {};
}

void Parser::Advance(const Tokens& operands, const Operation& operation) {
  const bool ends = EndsObject(operation);
  auto token = operands.begin();
  VisitOperands(operation,
                Overload{[&]<class Kind>(const Defines<Kind>&) {
                           const Slot<Kind> slot = slots_.Next<Kind>();
                           std::get<Scope<Kind>>(scopes_).meanings[*token] = {slot, true};
                           result_.names.Like(slot).emplace_back(*token++);
                         },
                         [&]<class Kind>(const Slot<Kind>& slot) {
                           const std::string_view name = *token++;
                           if (!ends || slot == Slot<Kind>()) return;
                           std::get<Scope<Kind>>(scopes_).meanings[name].in_use = false;
                         },
                         [&](const auto&) { ++token; }});
  slots_.Advance(operation);
}

}  // namespace

std::variant<ProgramText, ParseError> Parse(std::string_view text) { return Parser().Run(text); }

}  // namespace flatcheck
