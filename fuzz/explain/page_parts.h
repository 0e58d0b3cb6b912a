// The files page.html, *.css and *.js of this folder, as the build embeds them.

#pragma once

#include <string_view>

namespace flatcheck {

std::string_view PageHtml();
std::string_view PageCss();
std::string_view PageScript();

}  // namespace flatcheck
