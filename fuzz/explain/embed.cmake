# cmake -DOUT=FILE -DHTML=FILE -DCSS=FILE -DSCRIPTS=FILE,... -P embed.cmake
# Writes the definitions of page_parts.h. Compilers need not take string literals of more than
# 65,536 bytes, so that each is cut.

function(append_definition name)
  set(text "")
  foreach(file IN LISTS ARGN)
    file(READ "${file}" content)
    string(APPEND text "${content}\n")
  endforeach()
  set(literals "")
  string(LENGTH "${text}" length)
  set(begin 0)
  while(begin LESS length)
    string(SUBSTRING "${text}" ${begin} 16000 piece)
    string(APPEND literals "\n    R\"page(${piece})page\"")
    math(EXPR begin "${begin} + 16000")
  endwhile()
  file(APPEND "${OUT}.part" "const std::string_view ${name} =${literals};\n\n")
endfunction()

string(REPLACE "," ";" SCRIPTS "${SCRIPTS}")
file(WRITE "${OUT}.part" "#include \"fuzz/explain/page_parts.h\"\n\nnamespace flatcheck {\n\n")
append_definition(kPageHtml "${HTML}")
append_definition(kPageCss "${CSS}")
append_definition(kPageScript ${SCRIPTS})
file(APPEND "${OUT}.part" "}  // namespace flatcheck\n")
file(RENAME "${OUT}.part" "${OUT}")
