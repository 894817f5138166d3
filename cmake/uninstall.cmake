# Removes what `cmake --install` installed last from this build tree, and the directories of these files that are empty then, but not
# the standard ones of a prefix. The target `uninstall` runs it: cmake -DMANIFEST=FILE -P uninstall.cmake
if(NOT EXISTS ${MANIFEST})
  message(FATAL_ERROR "Nothing was installed from this build tree: ${MANIFEST} does not exist.")
endif()
file(STRINGS ${MANIFEST} files)
foreach(file IN LISTS files)
  file(REMOVE $ENV{DESTDIR}${file})
  cmake_path(GET file PARENT_PATH directory)
  while(NOT directory MATCHES "/(bin|include|lib|lib64|[^/]*-linux-[^/]*|man|share)$" AND NOT directory MATCHES "^/?$")
    list(APPEND directories ${directory})
    cmake_path(GET directory PARENT_PATH directory)
  endwhile()
endforeach()
list(REMOVE_DUPLICATES directories)
list(SORT directories ORDER DESCENDING) # the inner ones first
foreach(directory IN LISTS directories)
  execute_process(COMMAND rmdir $ENV{DESTDIR}${directory} OUTPUT_QUIET ERROR_QUIET) # fails if something is in it
endforeach()
list(LENGTH files count)
message(STATUS "Removed ${count} files of boxd")
