// EngineCalls are the operations of a program as the statements of a C++ function that performs
// them on the engine.
//
// Names are taken for identifiers. A variable is declared for an object that a later statement
// names, and for no other.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/program_text.h"
#include "fuzz/repro/live_objects.h"
#include "fuzz/slot_table.h"
#include "fuzz/trace.h"

namespace flatcheck {

// The classes that stand for the program's listeners and devices. One whose name begins with
// `Recording` is given its own name and the string `heard`; IOMMUs, their notifiers and blocks that
// are resized do as devices do.
struct Cast {
  std::string_view listener = "MemoryListener";
  std::string_view device = "Device";
};

class EngineCalls {
 public:
  // Of the trace, only the refusals count.
  EngineCalls(const ProgramText& text, const Trace& expect, Cast cast)
      : text_(text), expect_(expect), cast_(cast) {}

  // Performs the next operation and sees to it that it is granted or refused.
  void Perform();
  // As an expression, for a statement of the caller's: `map.AddSubregion(sys, 0x1000, ram)`. Empty
  // where the engine cannot be asked. Goes past the operation.
  std::string TakeNext();
  // The same, as an expression of why it is refused. REQUIRES: CanBeAsked() and not
  // AnswersOnly().
  std::string TakeRefusal();
  void Skip();

  // Like any statement; it must name no object but those of Variable.
  void Add(std::string statement) { statements_.push_back({.code = std::move(statement)}); }
  std::string Variable(RegionSlot region);
  std::string Variable(SpaceSlot space);
  std::string Variable(MappingSlot mapping);

  std::size_t step() const { return step_; }
  const Operation& next() const { return text_.program.operations[step_]; }
  const LiveObjects& live() const { return live_; }
  // Of the next operation, by the trace.
  std::string_view refusal() const;
  // Whether the next operation is a call of the engine: machines refuse some requests by
  // themselves.
  bool CanBeAsked() const;
  // Whether the next operation is a call that refuses nothing.
  bool AnswersOnly() const;
  // The expression that asks for an answer. REQUIRES: the operation's object is there.
  std::string Expression(const Operation& operation);

  // The lines of the function: its listeners and devices, the map, the statements.
  std::string Body(std::string_view map_declaration) const;

 private:
  struct Statement {
    std::string code;
    std::string comment{};      // Behind it.
    std::string declaration{};  // In front of it, if the object that it creates is named again.
    std::string object{};
  };

  bool Records() const;
  void Declare(std::string_view type, std::string_view variable,
               const std::vector<std::string>& arguments);
  template <class Op>
  std::string Performer(const Op& operation);
  std::string Device(RegionSlot region, RegionSize size, const Profile& profile);
  std::string Iommu(RegionSlot region, IommuTraits traits);
  std::string IommuNotifier(IommuNotifierSlot slot, const op::IommuNotifierAdd& add);
  std::string Listener(ListenerSlot listener);

  std::string Checked(const Operation& operation);
  Statement StatementOf(const Operation& operation);
  void NameObject(const Operation& operation, Statement& statement);

  const ProgramText& text_;
  const Trace& expect_;
  Cast cast_;
  std::size_t step_ = 0;
  LiveObjects live_;
  SlotTable slots_;
  std::vector<Statement> statements_;
  std::vector<std::string> variables_;   // Named behind their creation.
  std::vector<std::string> performers_;  // Declarations of listeners, devices and notifiers.
  std::vector<std::string> iommus_;      // The variables of those with tables.
};

// A statement of a function's body, broken where it is longer than a line.
std::string StatementLines(std::string code, std::string_view comment = {});

}  // namespace flatcheck
