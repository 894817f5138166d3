# boxd_version_script(variable version folder library pattern private...): the linker's version script of a library.
#
# The node BOXD_0.1 holds the functions that version 0.1 brought, BOXD_0.2 those of 0.2, and so on: a program that uses a new
# function does not start with an older library. A file of the folder, for example 0.1.txt, lists what a released version brought:
# lines `library function`, written by cmake/packaging/release.sh. All other names of `pattern` are of this version: an exact
# name takes precedence over a pattern.
#
# BOXD_PRIVATE_<version> holds the functions that the libraries use among themselves. They may change in any release, so
# libraries of different releases do not load each other.
function(boxd_version_script variable version folder library pattern)
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" current ${version})
  set(depends CONFIGURE_DEPENDS)
  if(CMAKE_SCRIPT_MODE_FILE) # in its test
    set(depends "")
  endif()
  file(GLOB lists ${depends} ${folder}/*.txt)
  list(SORT lists COMPARE NATURAL)
  set(map "")
  set(parent "")
  set(current_names "    ${pattern};\n")
  foreach(file IN LISTS lists)
    get_filename_component(release ${file} NAME)
    string(REGEX REPLACE "\\.txt$" "" release ${release})
    file(STRINGS ${file} lines REGEX "^${library} ")
    set(names "")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^.* " "" function ${line})
      string(APPEND names "    ${function};\n")
    endforeach()
    if(release STREQUAL current)
      string(PREPEND current_names "${names}")
    elseif(lines)
      string(APPEND map "BOXD_${release} {\n    global:\n${names}}${parent};\n")
      set(parent " BOXD_${release}")
    endif()
  endforeach()
  string(APPEND map "BOXD_${current} {\n    global:\n${current_names}    local:\n    *;\n}${parent};\n")
  if(ARGN)
    list(TRANSFORM ARGN PREPEND "    " OUTPUT_VARIABLE private)
    list(JOIN private ";\n" private)
    string(APPEND map "BOXD_PRIVATE_${version} {\n    global:\n${private};\n};\n")
  endif()
  set(${variable} "${map}" PARENT_SCOPE)
endfunction()
