// JSON as it stands in a page: programs name their objects as they like, and nothing in a name may
// end the script element that holds the data, or change how the text beside it is laid out.

#pragma once

#include <string>
#include <string_view>

namespace flatcheck {

// A JSON string of printable ASCII without `<`, `>` and `&`. Bytes that are not printable appear as
// a reader of a report sees them: \x1b.
std::string Quoted(std::string_view text);

// As much of a text as Quoted shows, unescaped: for text that goes into HTML by way of JSON.
std::string Printable(std::string_view text);

}  // namespace flatcheck
