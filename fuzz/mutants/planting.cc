#include "fuzz/mutants/planting.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>

namespace flatcheck {

namespace {

bool IsBlank(char letter) { return std::isspace(static_cast<unsigned char>(letter)) != 0; }
bool IsInWord(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

// A source without blanks, and where its letters are in the source.
struct Squeezed {
  std::string letters;
  std::vector<std::size_t> places;

  explicit Squeezed(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (IsBlank(text[i])) continue;
      letters += text[i];
      places.push_back(i);
    }
  }
};

struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const Stretch&) const = default;
};

// Words that the stretch would cut are not what is meant.
bool CutsWord(std::string_view source, Stretch stretch) {
  const auto joined = [source](std::size_t i) {
    return i > 0 && i < source.size() && IsInWord(source[i - 1]) && IsInWord(source[i]);
  };
  return joined(stretch.begin) || joined(stretch.end);
}

// Where the text stands at or behind `from`.
std::vector<Stretch> FindAll(std::string_view source, const Squeezed& squeezed,
                             const std::string& text, std::size_t from) {
  const std::string wanted = Squeezed(text).letters;
  std::vector<Stretch> found;
  for (std::size_t at = squeezed.letters.find(wanted); at != std::string::npos;
       at = squeezed.letters.find(wanted, at + 1)) {
    const Stretch stretch{squeezed.places[at], squeezed.places[at + wanted.size() - 1] + 1};
    if (stretch.begin >= from && !CutsWord(source, stretch)) found.push_back(stretch);
  }
  return found;
}

std::optional<Stretch> PlaceOf(const MutantText& mutant, std::string_view source,
                               const Squeezed& squeezed) {
  std::size_t from = 0;
  if (!mutant.after.empty()) {
    const auto before = FindAll(source, squeezed, mutant.after, 0);
    if (before.size() != 1) return std::nullopt;
    from = before.front().begin;
  }
  const auto found = FindAll(source, squeezed, mutant.right, from);
  const bool is_found = mutant.after.empty() ? found.size() == 1 : !found.empty();
  return is_found ? std::optional(found.front()) : std::nullopt;
}

// Wrong texts leave things unused, compare what is always so, and more.
constexpr const char* kHead =
    "#pragma clang diagnostic ignored \"-Weverything\"\n"
    "#include \"fuzz/mutants/mutant_choice.h\"\n#line 1 \"";

struct Fault {
  const MutantText* mutant = nullptr;
  Stretch place;
};

bool IsStatement(std::string_view text) {
  return text.ends_with(';') || text.starts_with("for (") || text.starts_with("if (");
}

bool Counts(std::string_view text) {
  return text.find("++") != std::string_view::npos || text.find("--") != std::string_view::npos;
}

std::string Choice(const MutantText& mutant, const std::string& right) {
  const std::string name = "(\"" + mutant.name + "\")";
  if (IsStatement(mutant.right)) {
    return "if (flatcheck::IsWrong" + name + ") {" + mutant.wrong + "} else {" + right + "}";
  }
  const std::string wrong = "(" + mutant.wrong + ")";
  if (!mutant.effects.empty() || Counts(mutant.wrong + right)) {
    return "(flatcheck::IsWrong" + name + " ? " + wrong + " : (" + right + "))";
  }
  return "(flatcheck::IsMutant" + name + " ? flatcheck::Infect(" + wrong + ", (" + right +
         ")) : (" + right + "))";
}

// Faults in order of their places, the outer ones first.
class Rewriting {
 public:
  Rewriting(std::string_view source, const std::vector<Fault>& faults)
      : source_(source), faults_(faults) {}

  // The stretch with all faults that begin in it, from next_ on.
  std::string Rewrite(Stretch stretch) {
    std::string text;
    while (next_ < faults_.size() && faults_[next_].place.begin < stretch.end) {
      const Fault& fault = faults_[next_++];
      text += source_.substr(stretch.begin, fault.place.begin - stretch.begin);
      text += Choice(*fault.mutant, Rewrite(fault.place));
      stretch.begin = fault.place.end;
    }
    return text.append(source_.substr(stretch.begin, stretch.end - stretch.begin));
  }

 private:
  std::string_view source_;
  const std::vector<Fault>& faults_;
  std::size_t next_ = 0;
};

bool IsOuterFirst(const Fault& a, const Fault& b) {
  return a.place.begin != b.place.begin ? a.place.begin < b.place.begin : a.place.end > b.place.end;
}

// A fault that begins inside another one and ends outside.
const Fault* FindTorn(const std::vector<Fault>& faults) {
  for (const Fault& outer : faults) {
    for (const Fault& fault : faults) {
      const bool begins_inside =
          outer.place.begin < fault.place.begin && fault.place.begin < outer.place.end;
      if (begins_inside && fault.place.end > outer.place.end) return &fault;
    }
  }
  return nullptr;
}

}  // namespace

Planted Plant(const std::string& file, std::string_view source,
              const std::vector<MutantText>& mutants) {
  const Squeezed squeezed(source);
  std::vector<Fault> faults;
  for (const MutantText& mutant : mutants) {
    if (mutant.file != file) continue;
    const auto place = PlaceOf(mutant, source, squeezed);
    if (!place) return {{}, mutant.name + ": the right text is not in " + file + " exactly once"};
    faults.push_back({&mutant, *place});
  }
  if (faults.empty()) return {std::string(source), {}};
  std::stable_sort(faults.begin(), faults.end(), IsOuterFirst);
  if (const Fault* torn = FindTorn(faults)) {
    return {{}, torn->mutant->name + ": the right text overlaps another mutant's in part"};
  }
  const std::string text = Rewriting(source, faults).Rewrite({0, source.size()});
  return {kHead + file + "\"\n" + text, {}};
}

}  // namespace flatcheck
