# Removes what `cmake --install` installed last from this build tree, and the directories of boxd that are empty then. The target
# `uninstall` runs it: cmake -DMANIFEST=FILE -P uninstall.cmake
if(NOT EXISTS ${MANIFEST})
  message(FATAL_ERROR "Nothing was installed from this build tree: ${MANIFEST} does not exist.")
endif()
file(STRINGS ${MANIFEST} files)
foreach(file IN LISTS files)
  file(REMOVE $ENV{DESTDIR}${file})
  cmake_path(GET file PARENT_PATH directory)
  while(directory MATCHES "/(include|cmake|share|doc)/(boxd|drukbox)[^/]*(/|$)") # no directory that others use
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
