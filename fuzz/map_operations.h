// The operations on the map: regions, transactions, address spaces, listeners, and who answers at
// an address. fuzz/program.h says what an operation is.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "fuzz/operands.h"

namespace flatcheck {

// kNumber is permanent. kSyntax is the text: words stand for themselves, % for the next operand of
// kOperands, [%] for a last operand that may be left out and is then zero, [%...] for one that is
// all that is left of the line.
namespace op {

// A number that this version does not know: does nothing, and is kept as it came.
struct Unknown {
  static constexpr std::size_t kPayloadBytesMax = 255;
  std::uint8_t number = 0;
  std::vector<std::uint8_t> payload;
  bool operator==(const Unknown&) const = default;
};

struct Container {
  static constexpr std::uint8_t kNumber = 1;
  static constexpr std::string_view kSyntax = "region % container %";
  Defines<RegionKind> region;
  RegionSize size;
  bool operator==(const Container&) const = default;
  static constexpr std::tuple kOperands{&Container::region, &Container::size};
};

struct Io {
  static constexpr std::uint8_t kNumber = 2;
  static constexpr std::string_view kSyntax = "region % io % [%...]";
  Defines<RegionKind> region;
  RegionSize size;
  Profile profile{};
  bool operator==(const Io&) const = default;
  static constexpr std::tuple kOperands{&Io::region, &Io::size, &Io::profile};
};

struct Reservation {
  static constexpr std::uint8_t kNumber = 3;
  static constexpr std::string_view kSyntax = "region % reservation %";
  Defines<RegionKind> region;
  RegionSize size;
  bool operator==(const Reservation&) const = default;
  static constexpr std::tuple kOperands{&Reservation::region, &Reservation::size};
};

struct Ram {
  static constexpr std::uint8_t kNumber = 4;
  static constexpr std::string_view kSyntax = "region % ram %";
  Defines<RegionKind> region;
  RegionSize size;
  bool operator==(const Ram&) const = default;
  static constexpr std::tuple kOperands{&Ram::region, &Ram::size};
};

struct Rom {
  static constexpr std::uint8_t kNumber = 5;
  static constexpr std::string_view kSyntax = "region % rom %";
  Defines<RegionKind> region;
  RegionSize size;
  bool operator==(const Rom&) const = default;
  static constexpr std::tuple kOperands{&Rom::region, &Rom::size};
};

struct RomDevice {
  static constexpr std::uint8_t kNumber = 6;
  static constexpr std::string_view kSyntax = "region % romd % [%...]";
  Defines<RegionKind> region;
  RegionSize size;
  Profile profile{};
  bool operator==(const RomDevice&) const = default;
  static constexpr std::tuple kOperands{&RomDevice::region, &RomDevice::size, &RomDevice::profile};
};

struct RamDevice {
  static constexpr std::uint8_t kNumber = 7;
  static constexpr std::string_view kSyntax = "region % ramdevice %";
  Defines<RegionKind> region;
  RegionSize size;
  bool operator==(const RamDevice&) const = default;
  static constexpr std::tuple kOperands{&RamDevice::region, &RamDevice::size};
};

struct Alias {
  static constexpr std::uint8_t kNumber = 8;
  static constexpr std::string_view kSyntax = "region % alias % % %";
  Defines<RegionKind> region;
  RegionSize size;
  RegionSlot target;
  Address offset;
  bool operator==(const Alias&) const = default;
  static constexpr std::tuple kOperands{&Alias::region, &Alias::size, &Alias::target,
                                        &Alias::offset};
};

struct Destroy {
  static constexpr std::uint8_t kNumber = 9;
  static constexpr std::string_view kSyntax = "destroy %";
  RegionSlot region;
  bool operator==(const Destroy&) const = default;
  static constexpr std::tuple kOperands{&Destroy::region};
};

struct Add {
  static constexpr std::uint8_t kNumber = 16;
  static constexpr std::string_view kSyntax = "add % % % [%]";
  RegionSlot parent;
  Address offset;
  RegionSlot child;
  Priority priority;
  bool operator==(const Add&) const = default;
  static constexpr std::tuple kOperands{&Add::parent, &Add::offset, &Add::child, &Add::priority};
};

struct Del {
  static constexpr std::uint8_t kNumber = 17;
  static constexpr std::string_view kSyntax = "del % %";
  RegionSlot parent;
  RegionSlot child;
  bool operator==(const Del&) const = default;
  static constexpr std::tuple kOperands{&Del::parent, &Del::child};
};

struct Enable {
  static constexpr std::uint8_t kNumber = 18;
  static constexpr std::string_view kSyntax = "enable % %";
  RegionSlot region;
  Flag on;
  bool operator==(const Enable&) const = default;
  static constexpr std::tuple kOperands{&Enable::region, &Enable::on};
};

struct Readonly {
  static constexpr std::uint8_t kNumber = 19;
  static constexpr std::string_view kSyntax = "readonly % %";
  RegionSlot region;
  Flag on;
  bool operator==(const Readonly&) const = default;
  static constexpr std::tuple kOperands{&Readonly::region, &Readonly::on};
};

struct Nonvolatile {
  static constexpr std::uint8_t kNumber = 20;
  static constexpr std::string_view kSyntax = "nonvolatile % %";
  RegionSlot region;
  Flag on;
  bool operator==(const Nonvolatile&) const = default;
  static constexpr std::tuple kOperands{&Nonvolatile::region, &Nonvolatile::on};
};

struct Unmergeable {
  static constexpr std::uint8_t kNumber = 21;
  static constexpr std::string_view kSyntax = "unmergeable % %";
  RegionSlot region;
  Flag on;
  bool operator==(const Unmergeable&) const = default;
  static constexpr std::tuple kOperands{&Unmergeable::region, &Unmergeable::on};
};

struct RomdMode {
  static constexpr std::uint8_t kNumber = 22;
  static constexpr std::string_view kSyntax = "romdmode % %";
  RegionSlot region;
  Flag on;
  bool operator==(const RomdMode&) const = default;
  static constexpr std::tuple kOperands{&RomdMode::region, &RomdMode::on};
};

struct MoveTo {
  static constexpr std::uint8_t kNumber = 23;
  static constexpr std::string_view kSyntax = "addr % %";
  RegionSlot region;
  Address address;
  bool operator==(const MoveTo&) const = default;
  static constexpr std::tuple kOperands{&MoveTo::region, &MoveTo::address};
};

struct Resize {
  static constexpr std::uint8_t kNumber = 24;
  static constexpr std::string_view kSyntax = "size % %";
  RegionSlot region;
  RegionSize size;
  bool operator==(const Resize&) const = default;
  static constexpr std::tuple kOperands{&Resize::region, &Resize::size};
};

struct AliasOffset {
  static constexpr std::uint8_t kNumber = 25;
  static constexpr std::string_view kSyntax = "aliasoff % %";
  RegionSlot region;
  Address offset;
  bool operator==(const AliasOffset&) const = default;
  static constexpr std::tuple kOperands{&AliasOffset::region, &AliasOffset::offset};
};

struct Log {
  static constexpr std::uint8_t kNumber = 32;
  static constexpr std::string_view kSyntax = "log % %";
  RegionSlot region;
  Flag on;
  bool operator==(const Log&) const = default;
  static constexpr std::tuple kOperands{&Log::region, &Log::on};
};

struct GlobalLog {
  static constexpr std::uint8_t kNumber = 33;
  static constexpr std::string_view kSyntax = "globallog %";
  Flag on;
  bool operator==(const GlobalLog&) const = default;
  static constexpr std::tuple kOperands{&GlobalLog::on};
};

struct LogSync {
  static constexpr std::uint8_t kNumber = 34;
  static constexpr std::string_view kSyntax = "logsync";
  bool operator==(const LogSync&) const = default;
  static constexpr std::tuple<> kOperands{};
};

struct LogClear {
  static constexpr std::uint8_t kNumber = 35;
  static constexpr std::string_view kSyntax = "logclear % % %";
  RegionSlot region;
  Address start;
  Length length;
  bool operator==(const LogClear&) const = default;
  static constexpr std::tuple kOperands{&LogClear::region, &LogClear::start, &LogClear::length};
};

struct Begin {
  static constexpr std::uint8_t kNumber = 40;
  static constexpr std::string_view kSyntax = "begin";
  bool operator==(const Begin&) const = default;
  static constexpr std::tuple<> kOperands{};
};

struct Commit {
  static constexpr std::uint8_t kNumber = 41;
  static constexpr std::string_view kSyntax = "commit";
  bool operator==(const Commit&) const = default;
  static constexpr std::tuple<> kOperands{};
};

struct EventfdAdd {
  static constexpr std::uint8_t kNumber = 48;
  static constexpr std::string_view kSyntax = "eventfd add % % % % % %";
  RegionSlot region;
  Address address;
  Length size;
  Flag match;
  Value data;
  Notifier notifier;
  bool operator==(const EventfdAdd&) const = default;
  static constexpr std::tuple kOperands{&EventfdAdd::region, &EventfdAdd::address,
                                        &EventfdAdd::size,   &EventfdAdd::match,
                                        &EventfdAdd::data,   &EventfdAdd::notifier};
};

struct EventfdDel {
  static constexpr std::uint8_t kNumber = 49;
  static constexpr std::string_view kSyntax = "eventfd del % % % % % %";
  RegionSlot region;
  Address address;
  Length size;
  Flag match;
  Value data;
  Notifier notifier;
  bool operator==(const EventfdDel&) const = default;
  static constexpr std::tuple kOperands{&EventfdDel::region, &EventfdDel::address,
                                        &EventfdDel::size,   &EventfdDel::match,
                                        &EventfdDel::data,   &EventfdDel::notifier};
};

struct Coalesce {
  static constexpr std::uint8_t kNumber = 50;
  static constexpr std::string_view kSyntax = "coalesce % % %";
  RegionSlot region;
  Address offset;
  Length size;
  bool operator==(const Coalesce&) const = default;
  static constexpr std::tuple kOperands{&Coalesce::region, &Coalesce::offset, &Coalesce::size};
};

struct Uncoalesce {
  static constexpr std::uint8_t kNumber = 51;
  static constexpr std::string_view kSyntax = "uncoalesce %";
  RegionSlot region;
  bool operator==(const Uncoalesce&) const = default;
  static constexpr std::tuple kOperands{&Uncoalesce::region};
};

struct Space {
  static constexpr std::uint8_t kNumber = 56;
  static constexpr std::string_view kSyntax = "as % %";
  Defines<SpaceKind> space;
  RegionSlot root;
  bool operator==(const Space&) const = default;
  static constexpr std::tuple kOperands{&Space::space, &Space::root};
};

struct SpaceDestroy {
  static constexpr std::uint8_t kNumber = 57;
  static constexpr std::string_view kSyntax = "asdestroy %";
  SpaceSlot space;
  bool operator==(const SpaceDestroy&) const = default;
  static constexpr std::tuple kOperands{&SpaceDestroy::space};
};

struct Listen {
  static constexpr std::uint8_t kNumber = 58;
  static constexpr std::string_view kSyntax = "listen % % %";
  Defines<ListenerKind> listener;
  SpaceSlot space;
  ListenerPriority priority;
  bool operator==(const Listen&) const = default;
  static constexpr std::tuple kOperands{&Listen::listener, &Listen::space, &Listen::priority};
};

struct Unlisten {
  static constexpr std::uint8_t kNumber = 59;
  static constexpr std::string_view kSyntax = "unlisten %";
  ListenerSlot listener;
  bool operator==(const Unlisten&) const = default;
  static constexpr std::tuple kOperands{&Unlisten::listener};
};

struct Find {
  static constexpr std::uint8_t kNumber = 64;
  static constexpr std::string_view kSyntax = "find % % %";
  RegionSlot region;
  Address address;
  Length size;
  bool operator==(const Find&) const = default;
  static constexpr std::tuple kOperands{&Find::region, &Find::address, &Find::size};
};

struct Translate {
  static constexpr std::uint8_t kNumber = 65;
  static constexpr std::string_view kSyntax = "xlat % % % %";
  SpaceSlot space;
  Address address;
  Length length;
  Flag is_write;
  bool operator==(const Translate&) const = default;
  static constexpr std::tuple kOperands{&Translate::space, &Translate::address, &Translate::length,
                                        &Translate::is_write};
};

struct Read {
  static constexpr std::uint8_t kNumber = 66;
  static constexpr std::string_view kSyntax = "read % % %";
  SpaceSlot space;
  Address address;
  AccessLength length;
  bool operator==(const Read&) const = default;
  static constexpr std::tuple kOperands{&Read::space, &Read::address, &Read::length};
};

struct Write {
  static constexpr std::uint8_t kNumber = 67;
  static constexpr std::string_view kSyntax = "write % % % %";
  SpaceSlot space;
  Address address;
  AccessLength length;
  Value value;
  bool operator==(const Write&) const = default;
  static constexpr std::tuple kOperands{&Write::space, &Write::address, &Write::length,
                                        &Write::value};
};

}  // namespace op

}  // namespace flatcheck
