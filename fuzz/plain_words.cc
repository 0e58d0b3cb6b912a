#include "fuzz/plain_words.h"

#include <fmt/format.h>

#include <array>

#include "fuzz/memory_sentences.h"
#include "fuzz/operation_kinds.h"
#include "fuzz/sentence.h"

namespace flatcheck {
namespace {

// About the operations of fuzz/map_operations.h.
class MapSentence : public Sentence {
 public:
  using Sentence::Sentence;

  std::string operator()(const op::Unknown&) const {
    return "An operation that this version does not know; it does nothing.";
  }

  std::string operator()(const op::Container& made) const {
    return fmt::format("Makes the container {} of {}; it answers nothing itself.", New(made.region),
                       Of(made.size));
  }
  std::string operator()(const op::Io& made) const {
    return fmt::format("Makes the device {} of {}{}.", New(made.region), Of(made.size),
                       Behaviour(made.profile));
  }
  std::string operator()(const op::Reservation& made) const {
    return fmt::format("Makes the reservation {} of {}: reads fail there and writes are lost.",
                       New(made.region), Of(made.size));
  }
  std::string operator()(const op::Ram& made) const {
    return fmt::format("Makes {}, RAM of {}.", New(made.region), Of(made.size));
  }
  std::string operator()(const op::Rom& made) const {
    return fmt::format("Makes {}, ROM of {}.", New(made.region), Of(made.size));
  }
  std::string operator()(const op::RomDevice& made) const {
    return fmt::format(
        "Makes the ROM device {} of {}: reads go to memory, writes go to the device{}.",
        New(made.region), Of(made.size), Behaviour(made.profile));
  }
  std::string operator()(const op::RamDevice& made) const {
    return fmt::format("Makes {}, memory of {} inside a device.", New(made.region), Of(made.size));
  }
  std::string operator()(const op::Alias& made) const {
    return fmt::format("Makes the alias {}, a window of {} onto {} from its offset {}.",
                       New(made.region), Of(made.size), Name(made.target), At(made.offset));
  }
  std::string operator()(const op::Destroy& gone) const {
    return fmt::format("Destroys {} and what it owns.", Name(gone.region));
  }

  std::string operator()(const op::Add& add) const {
    return fmt::format("Puts {} into {} at {}, with priority {}.", Name(add.child),
                       Name(add.parent), At(add.offset), add.priority.value);
  }
  std::string operator()(const op::Del& del) const {
    return fmt::format("Takes {} out of {}.", Name(del.child), Name(del.parent));
  }
  std::string operator()(const op::Enable& change) const {
    return change.on.value
               ? fmt::format("Enables {}.", Name(change.region))
               : fmt::format("Disables {}: it and all below it vanish.", Name(change.region));
  }
  std::string operator()(const op::Readonly& change) const {
    return fmt::format("Makes {} {}.", Name(change.region),
                       change.on.value ? "read-only, with all below it" : "writable");
  }
  std::string operator()(const op::Nonvolatile& change) const {
    return fmt::format("Makes {} {}.", Name(change.region),
                       change.on.value ? "nonvolatile, with all below it" : "volatile");
  }
  std::string operator()(const op::Unmergeable& change) const {
    return change.on.value
               ? fmt::format("Forbids to merge the ranges of {} with neighbours.",
                             Name(change.region))
               : fmt::format("Lets the ranges of {} merge with neighbours.", Name(change.region));
  }
  std::string operator()(const op::RomdMode& change) const {
    return fmt::format("Switches {} {} romd mode: as a ROM device it reads from {}.",
                       Name(change.region), change.on.value ? "to" : "out of",
                       change.on.value ? "memory" : "the device");
  }
  std::string operator()(const op::MoveTo& move) const {
    return fmt::format("Moves {} to {}, and in front of its ties.", Name(move.region),
                       At(move.address));
  }
  std::string operator()(const op::Resize& change) const {
    return fmt::format("Makes {} {} large.", Name(change.region), Of(change.size));
  }
  std::string operator()(const op::AliasOffset& aim) const {
    return fmt::format("Lets the alias {} begin at offset {} of its target.", Name(aim.region),
                       At(aim.offset));
  }

  std::string operator()(const op::Log& log) const {
    return fmt::format("The display dirty log of {} has one user {}.", Name(log.region),
                       log.on.value ? "more" : "fewer");
  }
  std::string operator()(const op::GlobalLog& log) const {
    return fmt::format("Switches migration's dirty log {}.", log.on.value ? "on" : "off");
  }
  std::string operator()(const op::LogSync&) const {
    return "Asks all listeners to bring in their dirty logs.";
  }
  std::string operator()(const op::LogClear& clear) const {
    return fmt::format("Asks all listeners to clear {} of the dirty log of {}, from offset {}.",
                       Of(clear.length), Name(clear.region), At(clear.start));
  }
  std::string operator()(const op::Begin&) const {
    return "Opens a transaction: changes are shown to nobody before it ends.";
  }
  std::string operator()(const op::Commit&) const {
    return "Ends a transaction; the end of the outermost shows its changes.";
  }

  std::string operator()(const op::EventfdAdd& add) const {
    return fmt::format("From now on {} signal notifier {}.", Writes(add), add.notifier.value);
  }
  std::string operator()(const op::EventfdDel& del) const {
    return fmt::format("From now on {} no longer signal notifier {}.", Writes(del),
                       del.notifier.value);
  }
  std::string operator()(const op::Coalesce& window) const {
    return fmt::format("Writes to {} of {} from offset {} may be delivered late.", Of(window.size),
                       Name(window.region), At(window.offset));
  }
  std::string operator()(const op::Uncoalesce& drop) const {
    return fmt::format("No write to {} may be delivered late any longer.", Name(drop.region));
  }

  std::string operator()(const op::Space& made) const {
    return fmt::format("Makes the address space {} of {} and all below it.", New(made.space),
                       Name(made.root));
  }
  std::string operator()(const op::SpaceDestroy& gone) const {
    return fmt::format("Ends the address space {}.", Name(gone.space));
  }
  std::string operator()(const op::Listen& listen) const {
    return fmt::format("Registers the listener {} on {} with priority {}; it is told the view.",
                       New(listen.listener), Name(listen.space), listen.priority.value);
  }
  std::string operator()(const op::Unlisten& gone) const {
    return fmt::format("Removes the listener {}.", Name(gone.listener));
  }

  std::string operator()(const op::Find& find) const {
    return fmt::format("Asks which range comes first in {} of {} from offset {}.", Of(find.size),
                       Name(find.region), At(find.address));
  }
  std::string operator()(const op::Translate& ask) const {
    return fmt::format("Asks where a {} of {} at {} in {} leads.",
                       ask.is_write.value ? "write" : "read", BytesInWords(ask.length.value),
                       At(ask.address), Name(ask.space));
  }
  std::string operator()(const op::Read& read) const {
    return fmt::format("Reads {} at {} in {}.", BytesInWords(read.length.value), At(read.address),
                       Name(read.space));
  }
  std::string operator()(const op::Write& write) const {
    return fmt::format("Writes {} of the value {:#x} at {} in {}.",
                       BytesInWords(write.length.value), write.value.value, At(write.address),
                       Name(write.space));
  }

 private:
  static std::string Behaviour(const Profile& profile) {
    const std::string words = ProfileInWords(profile);
    return words.empty() ? words : ", which " + words;
  }
  template <class Eventfd>
  std::string Writes(const Eventfd& entry) const {
    const std::string size = entry.size.value == 0 ? "any size" : BytesInWords(entry.size.value);
    const std::string data = entry.match.value ? fmt::format("{:#x}", entry.data.value) : "any";
    return fmt::format("writes of {}, {} value, to {} at offset {}", size, data, Name(entry.region),
                       At(entry.address));
  }
};

struct Reason {
  std::string_view word;
  std::string_view sentence;
};

constexpr std::array<Reason, 21> kReasons = {{
    {"absent", "it names something that does not exist"},
    {"already-logging", "the dirty log is on already"},
    {"bad-flags", "the notifier wants no events"},
    {"bad-permission", "what is unmapped gives no permission"},
    {"bad-size", "a region of this kind cannot have this size"},
    {"cycle", "the region would contain itself"},
    {"has-listeners", "a listener is registered on the address space"},
    {"has-mappings", "a part of it is mapped into the host"},
    {"has-notifiers", "an IOMMU notifier is registered on the region"},
    {"has-parent", "the region has a container"},
    {"is-root", "the region is the root of an address space"},
    {"is-target", "the region is the target of an alias"},
    {"no-block", "the region has no RAM block"},
    {"no-memory", "all memory together would exceed 2^40 bytes"},
    {"not-alias", "the region is no alias"},
    {"not-child", "the region is not in that container"},
    {"not-inside", "a notifier's range holds a part of it only"},
    {"not-iommu", "the region is no IOMMU"},
    {"not-logging", "the dirty log is not on"},
    {"too-deep", "more than 256 regions would lie one below the other"},
    {"too-many-paths", "more than 65,536 ways would lead down from some region"},
}};

// What must hold what, by operation.
constexpr Overload kBadRange = {
    [](const op::Unmap&) { return "the mapping is shorter"; },
    [](const op::Peek&) { return "the mapping ends before"; },
    [](const op::Poke&) { return "the mapping ends before"; },
    [](const op::RegionPointer&) { return "the aliases lead beyond the end of the block"; },
    [](const op::IommuMap&) { return "the address is no multiple of the mask and 1"; },
    [](const op::IommuNotifierAdd&) { return "the range ends before it begins"; },
    [](const op::IommuNotify&) { return "it reaches beyond the end of all addresses"; },
    [](const auto&) { return "it reaches beyond the end of the block"; },
};

}  // namespace

std::string OperationInWords(const Operation& operation, const SlotTable& slots,
                             const Names& names) {
  return std::visit(Overload{MapSentence(names, slots), MemorySentence(names, slots)}, operation);
}

std::string RefusalInWords(const Operation& operation, std::string_view reason) {
  if (reason == "depth") {
    return std::holds_alternative<op::Commit>(operation) ? "no transaction is open"
                                                         : "a transaction is open";
  }
  if (reason == "bad-range") return std::visit(kBadRange, operation);
  if (reason == "too-long") {
    return std::holds_alternative<op::AccessValid>(operation)
               ? "one may ask about at most 4,096 bytes"
               : "the IOMMU has more than 4,096 pages";
  }
  for (const Reason& known : kReasons) {
    if (known.word == reason) return std::string(known.sentence);
  }
  return std::string(reason);
}

}  // namespace flatcheck
