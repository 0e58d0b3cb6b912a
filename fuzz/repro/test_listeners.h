// The listeners of emitted tests, as text.

#pragma once

#include <string_view>

namespace flatcheck {

inline constexpr std::string_view kRecordingListener = R"(// Writes down each call in a line.
class RecordingListener final : public MemoryListener {
 public:
  using Section = MemoryRegionSection;

  RecordingListener(std::string name, std::string& heard) : name_(std::move(name)), heard_(heard) {}

  void Begin() override { Hear("begin"); }
  void Commit() override { Hear("commit"); }
  void LogGlobalStart() override { Hear("log_global_start"); }
  void LogGlobalStop() override { Hear("log_global_stop"); }
  void LogGlobalAfterSync() override { Hear("log_global_after_sync"); }
  void RegionAdd(const Section& s) override { Hear("region_add", s); }
  void RegionDel(const Section& s) override { Hear("region_del", s); }
  void RegionNop(const Section& s) override { Hear("region_nop", s); }
  void LogSync(const Section& s) override { Hear("log_sync", s); }
  void LogClear(const Section& s) override { Hear("log_clear", s); }
  void LogStart(const Section& s, std::uint8_t before, std::uint8_t after) override {
    Hear("log_start", s, " old=0x" + Hex(before) + " new=0x" + Hex(after));
  }
  void LogStop(const Section& s, std::uint8_t before, std::uint8_t after) override {
    Hear("log_stop", s, " old=0x" + Hex(before) + " new=0x" + Hex(after));
  }
  void EventfdAdd(const Section& s, const IoEventfd& e) override {
    Hear("eventfd_add", s, Text(e));
  }
  void EventfdDel(const Section& s, const IoEventfd& e) override {
    Hear("eventfd_del", s, Text(e));
  }
  void CoalescedIoAdd(const Section& s, std::uint64_t start, std::uint64_t length) override {
    Hear("coalesced_io_add", s, " start=0x" + Hex(start) + " len=0x" + Hex(length));
  }
  void CoalescedIoDel(const Section& s, std::uint64_t start, std::uint64_t length) override {
    Hear("coalesced_io_del", s, " start=0x" + Hex(start) + " len=0x" + Hex(length));
  }

 private:
  static std::string Text(const IoEventfd& entry) {
    return " match=" + std::to_string(entry.match_data) + " data=0x" + Hex(entry.data) +
           " fd=" + std::to_string(entry.notifier);
  }

  void Hear(const std::string& call) { heard_ += "cb " + name_ + " " + call + "\n"; }
  void Hear(const std::string& call, const Section& s, const std::string& extra = "") {
    Hear(call + " as=" + s.space->name() + " mr=" + Name(s.region) + " addr=0x" + Hex(s.address) +
         " size=0x" + Hex(s.size) + " off=0x" + Hex(s.offset) +
         " ro=" + std::to_string(s.readonly) + " nv=" + std::to_string(s.nonvolatile) + extra +
         (s.unmergeable ? " um=1" : ""));
  }

  std::string name_;
  std::string& heard_;
};

)";

inline constexpr std::string_view kMirror =
    R"(// Keeps a copy of its space's view, made of nothing but what it hears.
class Mirror final : public MemoryListener {
 public:
  using Section = MemoryRegionSection;

  void Begin() override {
    EXPECT_NE(space(), nullptr) << "called and not registered";
    EXPECT_FALSE(within_commit_);
    within_commit_ = true;
    is_adding_ = false;
    for (auto& [address, range] : ranges_) range.is_kept = false;
  }
  void Commit() override {
    EXPECT_TRUE(within_commit_);
    within_commit_ = false;
    for (const auto& [address, range] : ranges_) {
      EXPECT_TRUE(range.is_kept || is_leaving_) << "stays and is not confirmed: " << range.text;
    }
  }
  void RegionAdd(const Section& s) override {
    EXPECT_TRUE(within_commit_);
    is_adding_ = true;
    const auto behind = ranges_.lower_bound(s.address);
    const bool fits = (behind == ranges_.end() || s.address + s.size <= behind->first) &&
                      (behind == ranges_.begin() || std::prev(behind)->second.end <= s.address);
    EXPECT_TRUE(fits) << "added where there is one: " << Text(s);
    ranges_[s.address] = {Text(s), s.address + s.size, true, std::nullopt, 0};
  }
  void RegionDel(const Section& s) override {
    EXPECT_TRUE(within_commit_);
    EXPECT_FALSE(is_adding_ && !is_leaving_) << "a deletion after an addition";
    if (Known(s) != nullptr) ranges_.erase(s.address);
  }
  void RegionNop(const Section& s) override {
    EXPECT_TRUE(within_commit_);
    is_adding_ = true;
    Range* const range = Known(s);
    if (range == nullptr) return;
    EXPECT_FALSE(range->is_kept) << "confirmed twice: " << range->text;
    range->is_kept = true;
  }
  void LogStart(const Section& s, std::uint8_t before, std::uint8_t after) override {
    ChangeMask(s, before, after, false);
  }
  void LogStop(const Section& s, std::uint8_t before, std::uint8_t after) override {
    ChangeMask(s, before, after, true);
  }

  // From here on it is told that everything goes.
  void Leave() { is_leaving_ = true; }
  void ExpectEmpty() const { EXPECT_TRUE(ranges_.empty()) << "it leaves and still has ranges"; }

  // The copy is the published view. The mask of an added range is told nowhere else.
  void ExpectPublished() {
    EXPECT_FALSE(within_commit_);
    std::string published;
    for (const FlatRange& range : space()->view()) {
      const Section section = {space(),     range.region,   range.offset,      range.size(),
                               range.first, range.readonly, range.nonvolatile, range.unmergeable};
      published += Text(section);
      const auto copy = ranges_.find(range.first);
      if (copy == ranges_.end()) continue;
      EXPECT_EQ(copy->second.mask.value_or(range.log_mask), range.log_mask) << Text(section);
      copy->second.mask = range.log_mask;
    }
    std::string copied;
    for (const auto& [address, range] : ranges_) copied += range.text;
    EXPECT_EQ(copied, published);
  }

 private:
  struct Range {
    std::string text;
    Size end = 0;
    bool is_kept = false;
    std::optional<std::uint8_t> mask;
    std::uint8_t mask_before = 0;
  };

  static std::string Text(const Section& s) {
    return Hex(s.address, 16) + " size=0x" + Hex(s.size) + " " + Name(s.region) + " off=0x" +
           Hex(s.offset) + " ro=" + std::to_string(s.readonly) +
           " nv=" + std::to_string(s.nonvolatile) + " um=" + std::to_string(s.unmergeable) + "\n";
  }

  Range* Known(const Section& s) {
    const auto found = ranges_.find(s.address);
    const bool is_known = found != ranges_.end() && found->second.text == Text(s);
    EXPECT_TRUE(is_known) << "never added: " << Text(s);
    return is_known ? &found->second : nullptr;
  }

  void ChangeMask(const Section& s, std::uint8_t before, std::uint8_t after, bool is_stop) {
    EXPECT_TRUE(within_commit_);
    Range* const range = Known(s);
    if (range == nullptr) return;
    // Of a change that sets and clears bits, both calls tell the same two masks.
    const bool is_second = is_stop && range->mask_before == before && range->mask == after;
    if (range->mask && !is_second) {
      EXPECT_EQ(*range->mask, before) << Text(s);
    }
    range->mask_before = before;
    range->mask = after;
  }

  std::map<std::uint64_t, Range> ranges_;
  bool within_commit_ = false;
  bool is_adding_ = false;
  bool is_leaving_ = false;
};

)";

}  // namespace flatcheck
