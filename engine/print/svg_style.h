// How a picture of an address space looks (engine/print/svg.h). The colours are those of the page
// that flatcheck explains programs with.

#pragma once

#include <string_view>

namespace flatcheck::engine {

// The style sheet, and the hatching that it refers to.
std::string_view SvgStyle();

}  // namespace flatcheck::engine
