// The files page.html, page.css and *.js of this folder, as the build embeds them.

#pragma once

#include <string_view>

namespace flatcheck {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageScript;

}  // namespace flatcheck
