# cmake -DOUT=FILE -DHTML=FILE -DCSS=FILE,... -DSCRIPTS=FILE,... -P embed.cmake
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
  file(APPEND "${OUT}.part" "std::string_view ${name}() {\n  return${literals};\n}\n\n")
endfunction()

string(REPLACE "," ";" SCRIPTS "${SCRIPTS}")
string(REPLACE "," ";" CSS "${CSS}")
file(WRITE "${OUT}.part" "#include \"fuzz/explain/page_parts.h\"\n\nnamespace flatcheck {\n\n")
append_definition(PageHtml "${HTML}")
append_definition(PageCss ${CSS})
append_definition(PageScript ${SCRIPTS})
file(APPEND "${OUT}.part" "}  // namespace flatcheck\n")
file(RENAME "${OUT}.part" "${OUT}")
