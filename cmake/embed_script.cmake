# boxd_embed_script(file variable output): writes a header with the text of `file`, without the lines that are comments, as
# the array `variable`. An array of numbers, because C11 limits the length of a string literal.
function(boxd_embed_script file variable output)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(REGEX REPLACE "(^|\n)[ ]*#[^\n]*" "" text "${text}")
  string(REGEX REPLACE "\n[\n ]*" "\n" text "${text}")
  string(HEX "${text}" text)
  string(REGEX REPLACE "(..)" "0x\\1," text "${text}")
  file(CONFIGURE OUTPUT ${output} CONTENT "static const char ${variable}[] = {${text}0};\n" @ONLY)
endfunction()
