#include "fuzz/repro/qemu_call.h"

#include <fmt/format.h>

#include "fuzz/repro/source_text.h"

namespace flatcheck {

std::string QemuStatement(std::string_view function, const std::vector<std::string>& arguments) {
  std::string code = fmt::format("    {}(", function);
  const std::size_t column = code.size();
  std::size_t line = column;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string argument = arguments[i] + (i + 1 < arguments.size() ? "," : ");");
    if (i > 0 && line + 1 + argument.size() > kQemuWidth) {
      code += '\n' + std::string(column, ' ');
      line = column;
    } else if (i > 0) {
      code += ' ';
      ++line;
    }
    code += argument;
    line += argument.size();
  }
  return code + (arguments.empty() ? ");\n" : "\n");
}

std::string QemuComment(std::string_view text) {
  std::string line = fmt::format("    /* {} */\n", text);
  if (line.size() <= kQemuWidth + 1) return line;
  return "    /*\n" + Paragraph(text, "     * ", kQemuWidth) + "     */\n";
}

std::string QemuCall::Of(RegionSlot region) const {
  const std::string variable = Table(region);
  return iommus_.contains(region) ? fmt::format("MEMORY_REGION({})", variable) : variable;
}

std::string QemuCall::U64(std::uint64_t value) {
  return value == UINT64_MAX ? "UINT64_MAX" : Number(value);
}

std::string QemuCall::U32(std::uint64_t value) {
  return value > UINT32_MAX ? fmt::format("(unsigned){}", Number(value)) : Number(value);
}

}  // namespace flatcheck
