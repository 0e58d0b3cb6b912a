// The ReferenceMachine lets programs run on the model in reference/, whose traces say what the
// engine is expected to do.

#pragma once

#include "fuzz/machine.h"
#include "fuzz/program_text.h"
#include "reference/listings.h"
#include "reference/model.h"

namespace flatcheck {

class ReferenceMachine : public Machine {
 public:
  // Lists have these names, or r0, r1, ... and as0, ..., by slot; they must outlive the machine.
  explicit ReferenceMachine(const Names* names = nullptr);

  std::string_view Apply(const Operation& operation, Trace& trace) override;
  std::uint64_t Depth() const override;
  void ObserveViews(Trace& trace) const override;
  Translated Translate(SpaceSlot space, std::uint64_t address, std::uint64_t length,
                       bool is_write) const override;
  Found Find(RegionSlot region, std::uint64_t address, std::uint64_t size) const override;
  HostPlace HostOf(SpaceSlot space, std::uint64_t address) const override;
  void ObserveMemory(MemorySeen& seen) const override;
  void ReadBlock(RegionSlot region, std::uint64_t offset,
                 std::span<std::uint8_t> bytes) const override;
  std::string List(Listing listing) const override;

 protected:
  reference::Model& model() { return model_; }

 private:
  reference::ObjectNames ObjectNames() const;

  const Names* names_;
  reference::Model model_;
  mutable reference::Model::Pages pages_;  // Memory for ObserveMemory.
};

}  // namespace flatcheck
