#include "engine/ram/ram_list.h"

#include <tuple>

namespace flatcheck::engine {

bool RamList::Order::operator()(const RamBlock* a, const RamBlock* b) const {
  if (a->max_length_ != b->max_length_) return a->max_length_ > b->max_length_;
  return a->sequence_ < b->sequence_;
}

bool RamList::Gap::operator<(const Gap& other) const {
  if (length != other.length) return length < other.length;
  // A bound without a block comes first.
  if (block == nullptr || other.block == nullptr) return block == nullptr && other.block != nullptr;
  return Order()(block, other.block);
}

RamList::Place RamList::FromRamAddress(std::uint64_t address) const {
  auto behind = by_offset_.upper_bound(address);
  if (behind == by_offset_.begin()) return {};
  const auto& [offset, block] = *--behind;
  if (address - offset >= block->max_length_) return {};
  return {block, address - offset};
}

RamList::Place RamList::FromHost(const void* host) const {
  const auto* const byte = static_cast<const std::uint8_t*>(host);
  auto behind = by_host_.upper_bound(byte);
  if (behind == by_host_.begin()) return {};
  const auto& [first, block] = *--behind;
  const auto offset = static_cast<std::uint64_t>(byte - first);
  if (offset >= block->max_length_) return {};
  return {block, offset};
}

bool RamList::IsFreeHost(const std::uint8_t* host, std::uint64_t length) const {
  const auto first = reinterpret_cast<std::uintptr_t>(host);
  const std::uintptr_t last = first + (length - 1);
  if (host == nullptr || last < first || FromHost(host).block != nullptr) return false;
  const auto next = by_host_.lower_bound(host);
  return next == by_host_.end() || reinterpret_cast<std::uintptr_t>(next->first) > last;
}

std::optional<std::uint64_t> RamList::FindOffset(std::uint64_t max_length) const {
  if (max_length > kAddressesEnd) return std::nullopt;
  if (blocks_.empty()) return 0;
  const auto smallest = gaps_.lower_bound({max_length, nullptr});
  if (smallest == gaps_.end()) return std::nullopt;
  return Behind(*smallest->block);
}

void RamList::Add(RamBlock& block) {
  block.offset_ = *FindOffset(block.max_length_);
  block.sequence_ = added_++;
  block.list_ = this;
  const auto next = by_offset_.lower_bound(block.offset_);
  const bool is_first = next == by_offset_.begin();
  if (!is_first) gaps_.erase(GapBehind(std::prev(next)));
  const auto place = by_offset_.emplace_hint(next, block.offset_, &block);
  if (!is_first) gaps_.insert(GapBehind(std::prev(place)));
  gaps_.insert(GapBehind(place));
  blocks_.insert(&block);
  if (block.host_ != nullptr) NoteHost(block);
}

void RamList::Remove(RamBlock& block) {
  const auto place = by_offset_.find(block.offset_);
  gaps_.erase(GapBehind(place));
  if (place != by_offset_.begin()) gaps_.erase(GapBehind(std::prev(place)));
  const auto next = by_offset_.erase(place);
  if (next != by_offset_.begin()) gaps_.insert(GapBehind(std::prev(next)));
  blocks_.erase(&block);
  if (block.host_ != nullptr) by_host_.erase(block.host_);
  block.list_ = nullptr;
}

std::uint64_t RamList::Behind(const RamBlock& block) const {
  return (block.offset_ + block.max_length_ + alignment_ - 1) / alignment_ * alignment_;
}

RamList::Gap RamList::GapBehind(ByOffset::const_iterator block) const {
  const auto next = std::next(block);
  const std::uint64_t end = next == by_offset_.end() ? kAddressesEnd : next->first;
  const std::uint64_t begin = Behind(*block->second);
  return {end > begin ? end - begin : 0, block->second};
}

}  // namespace flatcheck::engine
