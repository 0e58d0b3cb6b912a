// A memory map as one JSON document, for programs to read.
//
//   {"spaces": [{"name", "root", "view"}],
//    "views": [{"root", "ranges": [{"first", "last", "region", "offset", "type", ...}]}],
//    "regions": [{"name", "kind", "type", "address", "size", "priority", ..., "children"}]}
//
// `root`, `region`, `children` and `target` are places in the list of regions, `view` one in the
// list of views; a view of nothing has the root null. Children stand in front first. An alias has
// `target` and `offset` too. Addresses, sizes and offsets are strings of hexadecimal digits, since
// a JSON number loses bits above 2^53; a `last` is inclusive. `kind` is what a region was created
// as, `type` what answers there, in the words of `info mtree`. A control character in a
// name is escaped; else names are cleaned as in AsUtf8.
//
// The regions are those that the spaces lead to over containers, aliases and published ranges, in
// the order in which they are met, so the regions of one map may have other places in another.

#pragma once

#include <string>

#include "engine/print/space_list.h"

namespace flatcheck::engine {

std::string PrintJson(const SpaceList& spaces);

}  // namespace flatcheck::engine
