#include "fuzz/repro/qemu_devices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

#include "fuzz/repro/source_text.h"
#include "fuzz/trace.h"

namespace flatcheck {
namespace {

bool IsPlain(Profile profile) {
  if (profile.endian == Endian::kNative) profile.endian = Endian::kLittle;
  return profile == Profile();
}

std::string AcceptsFunction(std::string_view device, std::uint8_t refuses, RegionSize size) {
  const Size bytes = Size{size.value} + (size.value == UINT64_MAX ? 1 : 0);
  const std::array<std::string, 8> conditions = {
      "addr % 2 == 0", fmt::format("addr < {}", Number(static_cast<std::uint64_t>(bytes / 2))),
      "is_write",      "!is_write",
      "size != 1",     "size != 2",
      "size != 4",     "size != 8"};
  std::vector<std::string_view> all;
  for (std::size_t bit = 0; bit < conditions.size(); ++bit) {
    if ((refuses >> bit & 1) != 0) all.emplace_back(conditions[bit]);
  }
  return fmt::format(
      "static bool accepts_of_{}(void *opaque, hwaddr addr, unsigned size,\n"
      "                       bool is_write, MemTxAttrs attrs)\n{{\n    return {};\n}}\n\n",
      device, fmt::join(all, " &&\n           "));
}

std::string FailingFunctions(std::string_view device, std::uint64_t mask) {
  constexpr std::string_view kFunctions =
      "static MemTxResult read_of_{0}(void *opaque, hwaddr addr, uint64_t *data,\n"
      "                    unsigned size, MemTxAttrs attrs)\n{{\n"
      "    *data = device_read(opaque, addr, size);\n"
      "    return (addr & {1}) == {1} ? MEMTX_ERROR : MEMTX_OK;\n}}\n\n"
      "static MemTxResult write_of_{0}(void *opaque, hwaddr addr, uint64_t data,\n"
      "                    unsigned size, MemTxAttrs attrs)\n{{\n"
      "    device_write(opaque, addr, data, size);\n"
      "    return (addr & {1}) == {1} ? MEMTX_ERROR : MEMTX_OK;\n}}\n\n";
  return fmt::format(kFunctions, device, Number(mask));
}

std::string SizesText(std::string_view member, AccessSizes sizes, bool unaligned) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    text += fmt::format("    .{}.{} = {},\n", member, name, value);
  };
  if (sizes.min != 0) add("min_access_size", fmt::format("{}", sizes.min));
  if (sizes.max != 0) add("max_access_size", fmt::format("{}", sizes.max));
  if (unaligned) add("unaligned", "true");
  return text;
}

}  // namespace

std::string QemuOpsOf(std::string_view device, const Profile& profile) {
  return IsPlain(profile) ? "&device_ops" : fmt::format("&ops_of_{}", device);
}

std::string QemuOpsDefinition(std::string_view device, const Profile& profile, RegionSize size) {
  if (IsPlain(profile)) return {};
  std::string text;
  if (profile.refuses != 0) text += AcceptsFunction(device, profile.refuses, size);
  if (profile.fail) text += FailingFunctions(device, *profile.fail);
  text += fmt::format("static const MemoryRegionOps ops_of_{} = {{\n", device);
  if (profile.fail) {
    text += fmt::format(
        "    .read_with_attrs = read_of_{0},\n    .write_with_attrs = write_of_{0},\n", device);
  } else {
    text += "    .read = device_read,\n    .write = device_write,\n";
  }
  text += fmt::format("    .endianness = DEVICE_{}_ENDIAN,\n",
                      profile.endian == Endian::kBig ? "BIG" : "LITTLE");
  text += SizesText("valid", profile.valid, profile.unaligned);
  if (profile.refuses != 0) text += fmt::format("    .valid.accepts = accepts_of_{},\n", device);
  text += SizesText("impl", profile.impl, profile.impl_unaligned);
  return text + "};\n\n";
}

}  // namespace flatcheck
