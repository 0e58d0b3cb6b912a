#include "engine/print/json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/print/hex.h"
#include "engine/print/region_words.h"
#include "engine/print/utf8.h"

namespace flatcheck::engine {
namespace {

// Bytes of the control character that the text begins with, or 0. Of two, the last is its code.
std::size_t ControlLength(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 || first == 0x7f) return 1;
  if (first != 0xc2 || text.size() == 1) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  return second >= 0x80 && second < 0xa0 ? 2 : 0;
}

std::string EscapedControl(char code) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(code);
  return {'\\', 'u', '0', '0', kDigits[value / 16u], kDigits[value % 16u]};
}

std::string EscapedPlain(std::string_view text) {
  std::string escaped;
  for (const char c : AsUtf8(text)) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t control = ControlLength(text);
    std::size_t length = std::max(control, std::size_t{1});
    if (control == 0) {
      while (length < text.size() && ControlLength(text.substr(length)) == 0) ++length;
    }
    quoted +=
        control != 0 ? EscapedControl(text[control - 1]) : EscapedPlain(text.substr(0, length));
    text.remove_prefix(length);
  }
  return quoted + '"';
}

std::string HexString(std::uint64_t value) { return "\"0x" + Hex(value) + '"'; }

std::string SizeString(Size size) {
  return size == kSizeMax ? "\"0x10000000000000000\"" : HexString(static_cast<std::uint64_t>(size));
}

std::string Boolean(bool value) { return value ? "true" : "false"; }

std::string Object(std::initializer_list<std::pair<std::string_view, std::string>> members) {
  std::string text;
  for (const auto& [name, value] : members) {
    text += text.empty() ? "{" : ", ";
    text += Quoted(name) + ": " + value;
  }
  return text + '}';
}

// One element a line.
std::string List(const std::vector<std::string>& elements, std::string_view indent) {
  std::string text;
  for (const std::string& element : elements) {
    text += text.empty() ? "[\n" : ",\n";
    text.append(indent) += "  " + element;
  }
  return text.empty() ? "[]" : text.append("\n").append(indent) + ']';
}

class Document {
 public:
  std::string Print(const SpaceList& spaces) {
    std::vector<std::string> space_texts;
    for (const AddressSpace* space : spaces) space_texts.push_back(Space(*space));
    std::vector<std::string> region_texts;  // Printing one may number more.
    for (std::size_t i = 0; i < regions_.size(); ++i) region_texts.push_back(Region(*regions_[i]));
    return "{\n  \"spaces\": " + List(space_texts, "  ") + ",\n  \"views\": " + List(views_, "  ") +
           ",\n  \"regions\": " + List(region_texts, "  ") + "\n}\n";
  }

 private:
  std::string PlaceOf(const MemoryRegion* region) {
    if (region == nullptr) return "null";
    const auto [place, is_new] = places_.emplace(region, regions_.size());
    if (is_new) regions_.push_back(region);
    return std::to_string(place->second);
  }

  std::string Space(const AddressSpace& space) {
    const std::string root = PlaceOf(&space.root());
    const auto [place, is_new] = view_places_.emplace(&space.view(), views_.size());
    if (is_new) views_.push_back(View(space.view()));
    return Object(
        {{"name", Quoted(space.name())}, {"root", root}, {"view", std::to_string(place->second)}});
  }

  std::string View(const FlatView& view) {
    const std::string root = PlaceOf(view.root());
    std::vector<std::string> ranges;
    for (const FlatRange& range : view) ranges.push_back(Range(range));
    return Object({{"root", root}, {"ranges", List(ranges, "    ")}});
  }

  std::string Range(const FlatRange& range) {
    return Object({{"first", HexString(range.first)},
                   {"last", HexString(range.last)},
                   {"region", PlaceOf(range.region)},
                   {"offset", HexString(range.offset)},
                   {"type", Quoted(range.readonly ? "rom" : TypeWord(*range.region))},
                   {"readonly", Boolean(range.readonly)},
                   {"nonvolatile", Boolean(range.nonvolatile)},
                   {"unmergeable", Boolean(range.unmergeable)},
                   {"romd", Boolean(range.romd_mode)},
                   {"log", std::to_string(range.log_mask)}});
  }

  std::string Region(const MemoryRegion& region) {
    std::string children;
    for (const auto& [rank, child] : region.children()) {
      children += (children.empty() ? "" : ", ") + PlaceOf(child);
    }
    std::string text = Object({{"name", Quoted(region.name())},
                               {"kind", Quoted(KindWord(region))},
                               {"type", Quoted(TypeWord(region))},
                               {"address", HexString(region.address())},
                               {"size", SizeString(region.size())},
                               {"priority", std::to_string(region.priority())},
                               {"enabled", Boolean(region.enabled())},
                               {"readonly", Boolean(region.readonly())},
                               {"nonvolatile", Boolean(region.nonvolatile())},
                               {"unmergeable", Boolean(region.unmergeable())},
                               {"romd", Boolean(region.romd_mode())},
                               {"children", '[' + children + ']'}});
    if (region.alias_target() == nullptr) return text;
    text.back() = ',';
    return text + " \"target\": " + PlaceOf(region.alias_target()) +
           ", \"offset\": " + HexString(region.alias_offset()) + '}';
  }

  std::vector<const MemoryRegion*> regions_;  // By place.
  std::unordered_map<const MemoryRegion*, std::size_t> places_;
  std::vector<std::string> views_;
  std::unordered_map<const FlatView*, std::size_t> view_places_;
};

}  // namespace

std::string PrintJson(const SpaceList& spaces) { return Document().Print(spaces); }

}  // namespace flatcheck::engine
