// An address space as a picture: its layers, in front to behind, with the flat view below on the
// same axis. A standalone SVG document, light or dark as its viewer prefers.
//
// The axis holds all 2^64 addresses. Empty stretches are cut short; filled ones are to scale where
// their sizes allow, and else grow with the logarithm of their size, so that a byte can be seen
// beside 2^63. A bar is solid where its region is seen and hatched where others hide it; containers
// and aliases are thin, and what is disabled is dotted. Of very many layers the first are drawn.

#pragma once

#include <string>

#include "engine/map/address_space.h"

namespace flatcheck::engine {

std::string PrintSvg(const AddressSpace& space);

}  // namespace flatcheck::engine
