# The static libraries, of the same objects as the shared ones: boxd-common-static (libboxd-common.a) and so on. Included after
# the shared libraries' targets are made.
#
# An archive holds one object, in which all symbols but the public functions are local, so that a static library can be linked
# into any program: its global symbols all begin with boxd_ or drukbox_.
if(APPLE) # there the linker makes hidden symbols local when it merges objects. Untested.
  set(boxd_merge_all -Wl,-all_load)
  set(boxd_merge_end "")
  set(boxd_localize ${CMAKE_COMMAND} -E true)
elseif(CMAKE_OBJCOPY)
  set(boxd_merge_all -Wl,--whole-archive)
  set(boxd_merge_end -Wl,--no-whole-archive)
  set(boxd_localize ${CMAKE_OBJCOPY} --localize-hidden)
else()
  message(FATAL_ERROR "objcopy is missing (Debian: apt-get install binutils)")
endif()

# boxd_static_library(<shared library's target> <object files>...)
function(boxd_static_library shared)
  set(merged ${PROJECT_BINARY_DIR}/static/${shared}.o)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/static)
  # An archive in between: every generator knows how to make it before the command runs, and again when an object changes.
  add_library(${shared}-objects STATIC EXCLUDE_FROM_ALL ${ARGN})
  set_target_properties(${shared}-objects PROPERTIES LINKER_LANGUAGE C
    ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/static)
  add_custom_command(
    OUTPUT ${merged}
    COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${merged}
            ${boxd_merge_all} $<TARGET_FILE:${shared}-objects> ${boxd_merge_end}
    COMMAND ${boxd_localize} ${merged}
    DEPENDS ${shared}-objects
    VERBATIM
    COMMENT "Merging the objects of lib${shared}.a")
  add_library(${shared}-static STATIC ${merged})
  set_source_files_properties(${merged} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  get_target_property(name ${shared} EXPORT_NAME)
  if(NOT name)
    set(name ${shared})
  endif()
  set_target_properties(${shared}-static PROPERTIES OUTPUT_NAME ${shared} EXPORT_NAME ${name}-static LINKER_LANGUAGE C)
  if(NOT BOXD_INSTALL) # built only for a target that links it
    set_target_properties(${shared}-static PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  target_include_directories(${shared}-static INTERFACE
    $<BUILD_INTERFACE:$<TARGET_PROPERTY:${shared},INTERFACE_INCLUDE_DIRECTORIES>>)
endfunction()

set(core_objects $<TARGET_OBJECTS:boxd_core_objects> $<TARGET_OBJECTS:boxd_common>)
boxd_static_library(boxd-common $<TARGET_OBJECTS:boxd_shared_objects> $<TARGET_OBJECTS:boxd_common>)
boxd_static_library(boxd-async $<TARGET_OBJECTS:boxd_async_objects> $<TARGET_OBJECTS:boxd_proto> ${core_objects})
boxd_static_library(boxd $<TARGET_OBJECTS:boxd>)
boxd_static_library(drukbox-async $<TARGET_OBJECTS:drukbox_async_objects> ${core_objects})
boxd_static_library(drukbox $<TARGET_OBJECTS:drukbox>)

# The other libraries that a program links, as flags from pkg-config: flags need no targets in the project that uses the package.
target_link_libraries(boxd-common-static INTERFACE -pthread)
target_link_libraries(boxd-async-static INTERFACE
  boxd-common-static ${GRPC_LDFLAGS} ${PROTOBUF_C_LDFLAGS} ${CURL_LDFLAGS} ${JANSSON_LDFLAGS} -lm)
target_link_libraries(boxd-static INTERFACE boxd-async-static)
target_link_libraries(drukbox-async-static INTERFACE boxd-common-static ${CURL_LDFLAGS} ${JANSSON_LDFLAGS} -lm)
target_link_libraries(drukbox-static INTERFACE drukbox-async-static)

foreach(name IN LISTS BOXD_ADAPTERS)
  foreach(product boxd drukbox)
    boxd_static_library(${product}-${name} $<TARGET_OBJECTS:${product}-${name}> $<TARGET_OBJECTS:boxd_common>)
    target_link_libraries(${product}-${name}-static INTERFACE ${product}-async-static)
  endforeach()
endforeach()
