# Which symbols the shared libraries export. Included after their targets are made.

include(CheckCSourceCompiles)
include(CheckLinkerFlag)
include(${CMAKE_CURRENT_LIST_DIR}/version_script.cmake)
check_c_source_compiles("#include <features.h>
#if !__GLIBC_PREREQ(2, 36)
#error its loader does not read packed relocations
#endif
int main(void) { return 0; }" BOXD_LOADER_UNPACKS)
check_linker_flag(C LINKER:-z,pack-relative-relocs BOXD_LINKER_PACKS)

# The same for the linker of macOS, which has no version scripts: a list of names. Untested.
function(boxd_exports_of_macos library pattern)
  set(exports ${PROJECT_BINARY_DIR}/${library}.exports)
  list(JOIN ARGN "\n" private) # these names have no underscore in front: common/src/private.h
  file(CONFIGURE OUTPUT ${exports} CONTENT "_${pattern}\n${private}\n")
  target_link_options(${library} PRIVATE LINKER:-exported_symbols_list,${exports} LINKER:-dead_strip)
  set_target_properties(${library} PROPERTIES LINK_DEPENDS ${exports})
endfunction()

# A library exports the symbols of its prefix and no others, even if a source or a static library in it sets another visibility:
# the public functions, and the functions named after `pattern`, which the libraries use among themselves.
function(boxd_exports library pattern)
  if(APPLE)
    boxd_exports_of_macos(${library} ${pattern} ${ARGN})
    return()
  endif()
  set(exports ${PROJECT_BINARY_DIR}/${library}.map)
  boxd_version_script(map ${PROJECT_VERSION} ${PROJECT_SOURCE_DIR}/cmake/symbols ${library} ${pattern} ${ARGN})
  file(CONFIGURE OUTPUT ${exports} CONTENT "${map}")
  target_link_options(${library} PRIVATE LINKER:--version-script=${exports})
  set_target_properties(${library} PROPERTIES LINK_DEPENDS ${exports})
  target_link_options(${library} PRIVATE LINKER:-z,relro,-z,now)
  target_link_options(${library} PRIVATE LINKER:--gc-sections) # half of the generated code is not used
  if(BOXD_LOADER_UNPACKS AND BOXD_LINKER_PACKS)
    target_link_options(${library} PRIVATE LINKER:-z,pack-relative-relocs) # the tables of the contract are all pointers
  endif()
  # dlclose() leaves the library, and all that it needs, in memory: when the callback of a close runs, the core thread still has
  # instructions of it to execute, and gRPC keeps threads of its own.
  target_link_options(${library} PRIVATE LINKER:-z,nodelete)
  if(NOT BOXD_SANITIZE)
    target_link_options(${library} PRIVATE LINKER:-z,defs) # the library names all libraries that it uses
  endif()
endfunction()
# The exact names, because a linker prefers a name to a pattern: see PRIVATE_EXPORT in common/src/private.h.
set(private_symbols "")
file(GLOB private_headers CONFIGURE_DEPENDS common/src/*.h)
foreach(header IN LISTS private_headers)
  file(STRINGS ${header} lines REGEX "PRIVATE_EXPORT\\([a-z_]+\\);")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE ".*PRIVATE_EXPORT\\(([a-z_]+)\\).*" "boxd_private_\\1" symbol "${line}")
    list(APPEND private_symbols ${symbol})
  endforeach()
endforeach()
boxd_exports(boxd-common boxd_* ${private_symbols})
boxd_exports(boxd-async boxd_*)
boxd_exports(boxd boxd_*)
boxd_exports(drukbox-async drukbox_*)
boxd_exports(drukbox drukbox_*)
foreach(name IN LISTS BOXD_ADAPTERS)
  boxd_exports(boxd-${name} boxd_${name}_*)
  boxd_exports(drukbox-${name} drukbox_${name}_*)
endforeach()
