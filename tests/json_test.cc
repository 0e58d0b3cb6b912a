// A map as JSON, by hand. That it is JSON to others, tests/cli_test.sh checks.

#include "engine/print/json.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/print/utf8.h"
#include "tests/programmed_map.h"

namespace flatcheck {
namespace {

std::string Json(std::string_view program) {
  const ProgrammedMap programmed(program);
  return PrintJson(engine::AllSpaces(programmed.map()));
}

TEST(Json, SpacesShareViewsAndRegionsAreNumberedAsTheyAreMet) {
  EXPECT_EQ(Json(R"(
region sys container 2^64
region m ram 0x2000
region w alias 0x1000 m 0x1000
region off reservation 16
region none container 1
add sys 0x4000 w
add sys 0 off -5
readonly w 1
enable off 0
as one sys
as two sys
as three none
)"),
            R"({
  "spaces": [
    {"name": "one", "root": 0, "view": 0},
    {"name": "two", "root": 0, "view": 0},
    {"name": "three", "root": 2, "view": 1}
  ],
  "views": [
    {"root": 0, "ranges": [
      {"first": "0x4000", "last": "0x4fff", "region": 1, "offset": "0x1000", "type": "rom", "readonly": true, "nonvolatile": false, "unmergeable": false, "romd": true, "log": 0}
    ]},
    {"root": null, "ranges": []}
  ],
  "regions": [
    {"name": "sys", "kind": "container", "type": "i/o", "address": "0x0", "size": "0x10000000000000000", "priority": 0, "enabled": true, "readonly": false, "nonvolatile": false, "unmergeable": false, "romd": true, "children": [3, 4]},
    {"name": "m", "kind": "ram", "type": "ram", "address": "0x0", "size": "0x2000", "priority": 0, "enabled": true, "readonly": false, "nonvolatile": false, "unmergeable": false, "romd": true, "children": []},
    {"name": "none", "kind": "container", "type": "i/o", "address": "0x0", "size": "0x1", "priority": 0, "enabled": true, "readonly": false, "nonvolatile": false, "unmergeable": false, "romd": true, "children": []},
    {"name": "w", "kind": "alias", "type": "ram", "address": "0x4000", "size": "0x1000", "priority": 0, "enabled": true, "readonly": true, "nonvolatile": false, "unmergeable": false, "romd": true, "children": [], "target": 1, "offset": "0x1000"},
    {"name": "off", "kind": "reservation", "type": "i/o", "address": "0x0", "size": "0x10", "priority": -5, "enabled": false, "readonly": false, "nonvolatile": false, "unmergeable": false, "romd": true, "children": []}
  ]
}
)");
}

TEST(Json, AMapOfNothingIsADocument) {
  EXPECT_EQ(Json("region m ram 0x1000\n"),
            "{\n  \"spaces\": [],\n  \"views\": [],\n  \"regions\": []\n}\n");
}

TEST(Json, NamesCannotEndAString) {
  EXPECT_NE(Json("region \"\\ container 1\nas a \"\\\n").find(R"({"name": "\"\\", "kind")"),
            std::string::npos);
}

TEST(Json, ControlCharactersOfNamesAreEscaped) {
  EXPECT_NE(Json("region a\x01\x1f\x7f\xc2\x85\xc3\xbc\xc2\xff\x80\xc2 container 1\n"
                 "as s a\x01\x1f\x7f\xc2\x85\xc3\xbc\xc2\xff\x80\xc2\n")
                .find(R"("name": "a\u0001\u001f\u007f\u0085)"
                      "\u00fc\ufffd\ufffd\ufffd\ufffd\", \"kind\""),
            std::string::npos);
}

TEST(Utf8, BytesThatAreNoTextAreReplacedOneByOne) {
  struct Case {
    std::string bytes;
    std::string text;
  };
  const std::string once = "\xef\xbf\xbd";
  const std::string twice = once + once;
  const std::string thrice = twice + once;
  const Case cases[] = {
      {"", ""},
      {"plain ~", "plain ~"},
      {"\x7f", once},
      {"\x1f", once},
      {"\xc3\xbc", "\xc3\xbc"},
      {"\xc2\x85", twice},  // A control.
      {"\xc0\xaf", twice},  // Too long for what it says.
      {"\xe0\x80\xaf", thrice},
      {"\xed\xa0\x80", thrice},  // Half of a pair.
      {"\xef\xbf\xbf", thrice},  // No character.
      {"\xe2\x82\xac", "\xe2\x82\xac"},
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"\xf4\x90\x80\x80", twice + twice},
      {"\xe2\x82", twice},
      {"\xe2\x82\x41",
       "\xef\xbf\xbd\xef\xbf\xbd"
       "A"},
  };
  for (const Case& c : cases) EXPECT_EQ(engine::AsUtf8(c.bytes), c.text) << c.bytes;
}

}  // namespace
}  // namespace flatcheck
