# The libraries under the names that an installed package gives them, for projects that take this one by add_subdirectory() or
# FetchContent.
function(boxd_alias target)
  get_target_property(name ${target} EXPORT_NAME)
  if(NOT name)
    set(name ${target})
  endif()
  add_library(boxd::${name} ALIAS ${target})
endfunction()

set(libraries boxd-common boxd-async boxd drukbox-async drukbox)
foreach(name IN LISTS BOXD_ADAPTERS)
  list(APPEND libraries boxd-${name} drukbox-${name})
endforeach()
foreach(library IN LISTS libraries)
  boxd_alias(${library})
  boxd_alias(${library}-static)
endforeach()
boxd_alias(boxd_proto) # boxd::rpc
