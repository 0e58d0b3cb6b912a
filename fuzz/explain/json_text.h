// JSON as it stands in a page: programs name their objects as they like, and nothing in a name may
// end the script element that holds the data, or change how the text beside it is laid out.

#pragma once

#include <string>
#include <string_view>

namespace flatcheck {

// A JSON string of printable ASCII without `<`, `>` and `&`. Other bytes appear as Printable shows
// them.
std::string Quoted(std::string_view text);

}  // namespace flatcheck
