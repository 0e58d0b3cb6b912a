#include "fuzz/signature.h"

#include <algorithm>
#include <string_view>

#include "fuzz/operation_kinds.h"

namespace flatcheck {

std::string ToString(const Signature& signature) {
  std::string text = signature.oracle;
  for (const std::string* part : {&signature.operation, &signature.field, &signature.sanitizer}) {
    if (!part->empty()) text += '-' + *part;
  }
  return text;
}

std::string OperationWord(const Program& program, std::size_t step) {
  if (step >= program.operations.size()) return "end";
  const Operation& operation = program.operations[step];
  if (std::holds_alternative<op::Unknown>(operation)) return "op";
  // The words of the syntax, less its operands: `region % alias % % %` is a `region_alias`.
  std::string words;
  std::string_view syntax = KindOf(operation).syntax;
  while (!syntax.empty()) {
    const std::string_view word = syntax.substr(0, syntax.find(' '));
    syntax.remove_prefix(std::min(word.size() + 1, syntax.size()));
    if (word.find('%') == std::string_view::npos)
      words.append(words.empty() ? "" : "_").append(word);
  }
  return words;
}

Signature SignatureOf(const Program& program, const Disagreement& disagreement) {
  return {std::string(disagreement.oracle), OperationWord(program, disagreement.step),
          std::string(disagreement.field), ""};
}

}  // namespace flatcheck
