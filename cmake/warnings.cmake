# The warnings of all our targets: none may occur, with gcc and clang. Generated code is exempt.
add_library(boxd_warnings INTERFACE)
target_compile_options(boxd_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow;-Wstrict-prototypes;-Wmissing-prototypes;-Wvla;-Wformat=2>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow;-Wformat=2>)
option(BOXD_WERROR "Treat warnings as errors" OFF)
if(BOXD_WERROR)
  target_compile_options(boxd_warnings INTERFACE -Werror)
endif()
