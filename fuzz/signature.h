// A Signature says which bug a failure is: two findings are the same bug when their signatures are
// equal, and a smaller program shows the same bug only if it keeps the signature.

#pragma once

#include <string>

#include "fuzz/oracles/disagreement.h"
#include "fuzz/program.h"

namespace flatcheck {

struct Signature {
  std::string oracle;     // Or "crash", or "hang".
  std::string operation;  // The words of the operation that shows it, such as "eventfd_add"; "end"
                          // for what shows only after the last one.
  std::string field;      // What differs; of a crash, the source file if it is known.
  std::string sanitizer;  // Of a crash: the kind of error. Otherwise empty.
  bool operator==(const Signature&) const = default;
};

// The parts that are not empty, joined by '-': a word for command lines and folder names.
std::string ToString(const Signature& signature);

// Of the operation after which a failure shows: `step` may be the program's size.
std::string OperationWord(const Program& program, std::size_t step);

Signature SignatureOf(const Program& program, const Disagreement& disagreement);

}  // namespace flatcheck
