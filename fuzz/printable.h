// Text that people look at: programs name their objects as they like, and nothing in a name may
// change how the text around it is laid out.

#pragma once

#include <string>
#include <string_view>

namespace flatcheck {

// Printable ASCII as it is, a tab as a blank, any other byte as an escape: \x1b.
std::string Printable(std::string_view text);

}  // namespace flatcheck
