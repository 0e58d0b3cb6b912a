// The devices, IOMMUs and IOMMU notifiers of emitted tests, as text.

#pragma once

#include <string_view>

namespace flatcheck {

inline constexpr std::string_view kProfiledDevice =
    R"(// Takes the accesses that its traits and `accepts` allow. Reads give a value that tells the offset.
// What is done to offsets with all bits of `fail` fails, having happened.
class ProfiledDevice : public MmioDevice {
 public:
  using Accepting = std::function<bool(std::uint64_t offset, unsigned size, bool is_write)>;

  explicit ProfiledDevice(const MmioTraits& traits = {}, Accepting accepts = nullptr,
                          std::optional<std::uint64_t> fail = std::nullopt)
      : MmioDevice(traits), accepts_(std::move(accepts)), fail_(fail) {}

  bool Accepts(std::uint64_t offset, unsigned size, bool is_write) const override {
    return accepts_ == nullptr || accepts_(offset, size, is_write);
  }
  MemTx ReadWithResult(std::uint64_t offset, unsigned, std::uint64_t& value) override {
    value = offset * 0x0101010101010101 + 0x1122334455667788;
    return ResultAt(offset);
  }
  MemTx WriteWithResult(std::uint64_t offset, unsigned, std::uint64_t) override {
    return ResultAt(offset);
  }

 private:
  MemTx ResultAt(std::uint64_t offset) const {
    return fail_ && (offset & *fail_) == *fail_ ? kMemTxError : kMemTxOk;
  }

  Accepting accepts_;
  std::optional<std::uint64_t> fail_;
};

)";

inline constexpr std::string_view kRecordingDevice = R"(// Writes down each call in a line.
class RecordingDevice final : public ProfiledDevice {
 public:
  RecordingDevice(std::string name, std::string& heard, const MmioTraits& traits = {},
                  Accepting accepts = nullptr, std::optional<std::uint64_t> fail = std::nullopt)
      : ProfiledDevice(traits, std::move(accepts), fail), name_(std::move(name)), heard_(heard) {}

  MemTx ReadWithResult(std::uint64_t offset, unsigned size, std::uint64_t& value) override {
    heard_ += "io " + name_ + " read off=0x" + Hex(offset) + " size=" + std::to_string(size) + "\n";
    return ProfiledDevice::ReadWithResult(offset, size, value);
  }
  MemTx WriteWithResult(std::uint64_t offset, unsigned size, std::uint64_t value) override {
    heard_ += "io " + name_ + " write off=0x" + Hex(offset) + " size=" + std::to_string(size) +
              " val=0x" + Hex(value) + "\n";
    return ProfiledDevice::WriteWithResult(offset, size, value);
  }

 private:
  std::string name_;
  std::string& heard_;
};

)";

inline constexpr std::string_view kResized =
    R"(// For a block whose new lengths are written down.
std::function<void(std::uint64_t)> Resized(const std::string& name, std::string& heard) {
  return [name, &heard](std::uint64_t length) {
    heard += "resized " + name + " len=0x" + Hex(length) + "\n";
  };
}

)";

inline constexpr std::string_view kTableIommu =
    R"(enum class RefusesMap { kNo, kYes };  // Notifiers of map events.

// Translates by a table, in which the newest entry that matches decides.
class TableIommu : public IommuDevice {
 public:
  explicit TableIommu(RefusesMap refuses_map = RefusesMap::kNo) : refuses_map_(refuses_map) {}

  void Map(std::uint64_t iova, std::uint64_t mask, const AddressSpace& target,
           std::uint64_t address, std::uint8_t permission) {
    entries_.insert(entries_.begin(), {.target = &target,
                                       .iova = iova,
                                       .translated = address,
                                       .mask = mask,
                                       .permission = permission});
  }
  void Remove(std::uint64_t iova) {
    entries_.erase(std::find_if(entries_.begin(), entries_.end(), [iova](const IommuEntry& entry) {
      return entry.iova == iova;
    }));
  }
  // The space goes; what led to it leads nowhere.
  void Forget(const AddressSpace& space) {
    for (IommuEntry& entry : entries_) {
      if (entry.target == &space) entry.target = nullptr;
    }
  }

  IommuEntry Translate(std::uint64_t offset, std::uint8_t) override {
    for (const IommuEntry& entry : entries_) {
      if ((offset & ~entry.mask) == entry.iova) return entry;
    }
    return {};
  }
  bool NotifyFlagsChanged(std::uint8_t, std::uint8_t after) override {
    return refuses_map_ == RefusesMap::kNo || (after & kIommuMap) == 0;
  }

 private:
  RefusesMap refuses_map_;
  std::vector<IommuEntry> entries_;  // Newest first.
};

)";

inline constexpr std::string_view kRecordingIommu =
    R"(enum class Traces { kNo, kYes };  // Its translations are written down.

// Writes down each call in a line.
class RecordingIommu final : public TableIommu {
 public:
  RecordingIommu(std::string name, std::string& heard, RefusesMap refuses_map, Traces traces)
      : TableIommu(refuses_map), name_(std::move(name)), heard_(heard), traces_(traces) {}

  IommuEntry Translate(std::uint64_t offset, std::uint8_t flag) override {
    if (traces_ == Traces::kYes) {
      heard_ += "tr " + name_ + " iova=0x" + Hex(offset) + " flag=" + std::to_string(flag) + "\n";
    }
    return TableIommu::Translate(offset, flag);
  }
  bool NotifyFlagsChanged(std::uint8_t before, std::uint8_t after) override {
    heard_ += "flags " + name_ + " old=" + std::to_string(before) +
              " new=" + std::to_string(after) + "\n";
    return TableIommu::NotifyFlagsChanged(before, after);
  }

 private:
  std::string name_;
  std::string& heard_;
  Traces traces_;
};

)";

inline constexpr std::string_view kDeafNotifier =
    R"(class DeafNotifier final : public IommuNotifier {
 public:
  using IommuNotifier::IommuNotifier;
  void Notify(const IommuEntry&) override {}
};

)";

inline constexpr std::string_view kRecordingNotifier = R"(// Writes down each call in a line.
class RecordingNotifier final : public IommuNotifier {
 public:
  RecordingNotifier(std::string name, std::string& heard, std::uint64_t first, std::uint64_t last,
                    std::uint8_t flags)
      : IommuNotifier(first, last, flags), name_(std::move(name)), heard_(heard) {}

  void Notify(const IommuEntry& entry) override {
    heard_ += "cb " + name_ + " notify iova=0x" + Hex(entry.iova) + " mask=0x" + Hex(entry.mask) +
              " addr=0x" + Hex(entry.translated) + " perm=" + std::to_string(entry.permission) +
              "\n";
  }

 private:
  std::string name_;
  std::string& heard_;
};

)";

}  // namespace flatcheck
