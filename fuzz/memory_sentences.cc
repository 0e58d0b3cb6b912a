#include "fuzz/memory_sentences.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "fuzz/plain_words.h"

namespace flatcheck {
namespace {

// "4 bytes, big endian,". A single byte has no order.
std::string WordOf(Width width, ByteOrder order) {
  const std::string bytes = BytesInWords(width.value);
  return width.value == 1 ? bytes : fmt::format("{}, {},", bytes, EndianInWords(order.value));
}

std::string_view Purpose(Flag is_write) { return is_write.value ? "write" : "read"; }

// Both ends wrap: a request that does is refused, and told as it is.
std::string SpanOf(Address iova, std::uint64_t mask) {
  return SpanInWords(iova.value, iova.value + mask);
}

}  // namespace

template <class Op>
std::string MemorySentence::StretchOf(const Op& held) const {
  return fmt::format("{} of {} from offset {}", Of(held.length), Name(held.region),
                     At(held.address));
}

std::string MemorySentence::operator()(const op::ResizeableRam& made) const {
  return fmt::format("Makes {}, RAM of {} that can be resized up to {}.", New(made.region),
                     Of(made.size), Of(made.size_max));
}

std::string MemorySentence::operator()(const op::Iommu& made) const {
  return fmt::format(
      "Makes the IOMMU {} of {}, with an empty table: accesses go on where the table says.{}{}",
      New(made.region), Of(made.size), made.traits.trace ? " Its translations are told." : "",
      made.traits.nomap ? " It refuses notifiers of map events." : "");
}

std::string MemorySentence::operator()(const op::RamResize& change) const {
  return fmt::format("Makes the RAM block of {} {} long, and the region with it.",
                     Name(change.region), Of(change.size));
}

std::string MemorySentence::operator()(const op::Load& load) const {
  return fmt::format("Loads {} at {} in {}.", WordOf(load.width, load.order), At(load.address),
                     Name(load.space));
}

std::string MemorySentence::operator()(const op::Store& store) const {
  return fmt::format("Stores {:#x} as {} at {} in {}.", store.value.value,
                     WordOf(store.width, store.order), At(store.address), Name(store.space));
}

std::string MemorySentence::operator()(const op::AccessValid& ask) const {
  return fmt::format("Asks whether a {} of {} at {} in {} would be taken everywhere.",
                     Purpose(ask.is_write), BytesInWords(ask.length.value), At(ask.address),
                     Name(ask.space));
}

std::string MemorySentence::operator()(const op::WriteRom& write) const {
  return fmt::format(
      "Writes {} of the value {:#x} at {} in {}, to ROM too; devices are passed over.",
      BytesInWords(write.length.value), write.value.value, At(write.address), Name(write.space));
}

std::string MemorySentence::operator()(const op::Blocks&) const { return "Lists the RAM blocks."; }

std::string MemorySentence::operator()(const op::Dirty& ask) const {
  return fmt::format("Asks which pages in {} are dirty for {}.", StretchOf(ask),
                     ClientInWords(ask.client.value));
}

std::string MemorySentence::operator()(const op::TestClear& ask) const {
  return fmt::format("Asks whether a page in {} is dirty for {}, and makes them clean.",
                     StretchOf(ask), ClientInWords(ask.client.value));
}

std::string MemorySentence::operator()(const op::Snapshot& ask) const {
  return fmt::format(
      "Takes a snapshot of the pages in {} that are dirty for {}, and makes their groups of 64 "
      "pages clean.",
      StretchOf(ask), ClientInWords(ask.client.value));
}

std::string MemorySentence::operator()(const op::SetDirty& mark) const {
  return fmt::format("Marks the pages in {} dirty for who logs them.", StretchOf(mark));
}

std::string MemorySentence::operator()(const op::Map& map) const {
  return fmt::format("Maps {} at {} in {} into the host as {}, to {} there.",
                     BytesInWords(map.length.value), At(map.address), Name(map.space),
                     New(map.mapping), Purpose(map.is_write));
}

std::string MemorySentence::operator()(const op::Unmap& unmap) const {
  return fmt::format("Ends the mapping {}, after accesses to {} of it.", Name(unmap.mapping),
                     BytesInWords(unmap.access_length.value));
}

std::string MemorySentence::operator()(const op::Peek& peek) const {
  return fmt::format("Looks at {} of the mapping {} from offset {}.",
                     BytesInWords(peek.length.value), Name(peek.mapping), At(peek.offset));
}

std::string MemorySentence::operator()(const op::Poke& poke) const {
  return fmt::format("Changes {} of the mapping {} from offset {}, to the value {:#x}.",
                     BytesInWords(poke.length.value), Name(poke.mapping), At(poke.offset),
                     poke.value.value);
}

std::string MemorySentence::operator()(const op::HostOf& ask) const {
  return fmt::format("Asks which host memory lies behind {} in {}.", At(ask.address),
                     Name(ask.space));
}

std::string MemorySentence::operator()(const op::RegionPointer& ask) const {
  return fmt::format("Asks where the host memory of {} begins.", Name(ask.region));
}

std::string MemorySentence::operator()(const op::IommuMap& entry) const {
  return fmt::format("Lets the IOMMU {} lead {} to {} in {}, {}.", Name(entry.region),
                     SpanOf(entry.iova, entry.mask.value), At(entry.address), Name(entry.target),
                     PermissionInWords(entry.permission.value));
}

std::string MemorySentence::operator()(const op::IommuUnmap& entry) const {
  return fmt::format("Takes the newest entry at {} out of the table of {}.", At(entry.iova),
                     Name(entry.region));
}

std::string MemorySentence::operator()(const op::IotlbEntry& ask) const {
  return fmt::format("Asks where a {} at {} in {} ends up, as an entry of an IOTLB.",
                     Purpose(ask.is_write), At(ask.address), Name(ask.space));
}

std::string MemorySentence::operator()(const op::IommuNotifierAdd& add) const {
  return fmt::format("Registers the IOMMU notifier {} on {}: it is told {} in {}.",
                     New(add.notifier), Name(add.region), EventsInWords(add.flags.value),
                     SpanInWords(add.first.value, add.last.value));
}

std::string MemorySentence::operator()(const op::IommuNotifierDel& gone) const {
  return fmt::format("Removes the IOMMU notifier {}.", Name(gone.notifier));
}

std::string MemorySentence::operator()(const op::IommuNotify& event) const {
  return fmt::format("Tells the notifiers of {} about {}: {} leads to {}, {}.", Name(event.region),
                     EventsInWords(event.type.value), SpanOf(event.iova, event.mask.value),
                     At(event.address), PermissionInWords(event.permission.value));
}

std::string MemorySentence::operator()(const op::IommuReplay& replay) const {
  return fmt::format("Tells {} all that its IOMMU translates, page by page.",
                     Name(replay.notifier));
}

}  // namespace flatcheck
