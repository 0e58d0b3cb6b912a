// A Program is a list of typed operations on a guest memory map: the one currency of this project.
//
// It has three forms: text (fuzz/program_text.h, what people read and git keeps), bytes
// (fuzz/program_codec.h, what libFuzzer mutates) and these structs. An operation states its text
// and its operands once, here; parser, printer, codec, generator and mutator work from that
// statement.
//
// Operands name objects by slot: the n-th operation of a program that creates a region (granted or
// refused) defines region slot n; address spaces, listeners, mappings and IOMMU notifiers count
// separately. A slot whose object does not exist at that moment, or no longer, makes the request
// refused ("absent").
//
// To add an operation: a struct with a number that was never used, a place in the variant, and the
// places that the README lists.

#pragma once

#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "fuzz/map_operations.h"
#include "fuzz/memory_operations.h"
#include "fuzz/operands.h"

namespace flatcheck {

using Operation =
    std::variant<op::Unknown, op::Container, op::Io, op::Reservation, op::Ram, op::Rom,
                 op::RomDevice, op::RamDevice, op::Alias, op::Destroy, op::Add, op::Del, op::Enable,
                 op::Readonly, op::Nonvolatile, op::Unmergeable, op::RomdMode, op::MoveTo,
                 op::Resize, op::AliasOffset, op::Log, op::GlobalLog, op::LogSync, op::LogClear,
                 op::Begin, op::Commit, op::EventfdAdd, op::EventfdDel, op::Coalesce,
                 op::Uncoalesce, op::Space, op::SpaceDestroy, op::Listen, op::Unlisten, op::Find,
                 op::Translate, op::Read, op::Write, op::ResizeableRam, op::Iommu, op::RamResize,
                 op::Load, op::Store, op::AccessValid, op::WriteRom, op::Blocks, op::Dirty,
                 op::TestClear, op::Snapshot, op::SetDirty, op::Map, op::Unmap, op::Peek, op::Poke,
                 op::HostOf, op::RegionPointer, op::IommuMap, op::IommuUnmap, op::IotlbEntry,
                 op::IommuNotifierAdd, op::IommuNotifierDel, op::IommuNotify, op::IommuReplay>;

// One traversal of an operation's operands, in text order: visit(operand) with each operand's own
// type.
template <class Op, class Visitor>
void VisitOperands(Op& operation, Visitor&& visit) {
  std::apply([&](auto... member) { (visit(operation.*member), ...); },
             std::remove_const_t<Op>::kOperands);
}

struct Program {
  std::vector<Operation> operations;
  bool operator==(const Program&) const = default;
};

}  // namespace flatcheck
