// Every byte string is a program, and bytes, text and program say the same.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/program_codec.h"
#include "fuzz/program_text.h"

namespace {

using flatcheck::Decode;
using flatcheck::Encode;
using flatcheck::Parse;
using flatcheck::Print;
using flatcheck::Program;
using flatcheck::ProgramText;

// A law that does not hold ends the process, as a fuzzer expects.
void Require(bool law_holds, const char* law) {
  if (law_holds) return;
  std::fprintf(stderr, "codec: %s\n", law);
  std::abort();
}

void RequireSameInText(const Program& program) {
  const auto parsed = Parse(Print(program));
  Require(std::holds_alternative<ProgramText>(parsed), "printed text does not parse");
  Require(std::get<ProgramText>(parsed).program == program, "printed text is another program");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Program program = Decode({data, size});
  const auto bytes = Encode(program);
  Require(Decode(bytes) == program, "encoded bytes are another program");
  Require(Encode(Decode(bytes)) == bytes, "encoding again gives other bytes");
  RequireSameInText(program);

  // The same input taken as text is a program or one error.
  const auto parsed = Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (const auto* text = std::get_if<ProgramText>(&parsed)) {
    Require(Decode(Encode(text->program)) == text->program, "text encoded is another program");
    RequireSameInText(text->program);
  }
  return 0;
}
