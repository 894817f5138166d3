# What `cmake --install` installs. Included after the libraries' targets are made. Shared libraries are components of their own;
# a static one (libboxd.a) belongs to the component with the headers of its library.
#
#   component common       libboxd-common, which all others need
#   component async        libboxd-async
#   component sync         libboxd, which needs the former
#   components drukbox_async, drukbox
#                          libdrukbox-async; libdrukbox, which needs the former
#   component boxctl       bin/boxctl (examples/boxctl) with its manual pages and completions, which needs both
#   component emulator     bin/boxd-emulator and its man page; needs none of the libraries
#   component documentation
#                          share/doc/boxd: README.md, docs and examples, to which the installed headers refer
#   components libuv, ...  libboxd-libuv, ...: the adapters of BOXD_ADAPTERS; each needs libboxd-async and its loop's library
#   components libuv_development, ...
#                          the adapter's header and pkg-config file, and the package's component `libuv` (boxd::libuv)
#   components drukbox_libuv, ..., drukbox_libuv_development, ...
#                          the same for Drukbox: libdrukbox-libuv, ... (the package's drukbox-libuv, boxd::drukbox-libuv)
#   component common_development
#                          headers of common/include/boxd and the CMake package `boxd`, which all others need
#   component development  boxd's headers, pkg-config files and targets (boxd::boxd, boxd::async); for programs that
#                          include boxd/rpc.h also api.proto and its generated code: libboxd-rpc.a, the package's
#                          component `rpc` (boxd::rpc)
#   component drukbox_development
#                          the same for Drukbox (boxd::drukbox, boxd::drukbox-async); needs no other part of boxd
include(CMakePackageConfigHelpers)

if(APPLE)
  set(beside "@loader_path")
else()
  set(beside "$ORIGIN")
endif()
set_target_properties(boxd-async boxd drukbox-async drukbox PROPERTIES INSTALL_RPATH "${beside}") # each library finds the others beside itself

function(boxd_install library component export development)
  install(TARGETS ${library} ${library}-static EXPORT ${export}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component} NAMELINK_COMPONENT ${development}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${development}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()
boxd_install(boxd-common common boxd_common common_development)
boxd_install(boxd-async async boxd development)
boxd_install(boxd sync boxd development)
boxd_install(drukbox-async drukbox_async boxd_drukbox drukbox_development)
boxd_install(drukbox drukbox boxd_drukbox drukbox_development)

function(boxd_install_headers component)
  install(DIRECTORY ${ARGN} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${component}
    FILES_MATCHING PATTERN "*.h" PATTERN adapters EXCLUDE)
endfunction()
boxd_install_headers(common_development common/include/boxd)
boxd_install_headers(development async/include/boxd sync/include/boxd)
boxd_install_headers(drukbox_development common/include/drukbox async/include/drukbox sync/include/drukbox)

# Headers name the documents and examples as in the source tree: docs/exec.md. Below CMAKE_INSTALL_DOCDIR these paths are the same.
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT documentation)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation
  FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation
  FILES_MATCHING PATTERN "*.c" PATTERN "*.cpp" PATTERN "*.h" PATTERN "*.py" PATTERN "*.lua" PATTERN "CMakeLists.txt"
  PATTERN boxctl EXCLUDE)
install(FILES examples/boxctl/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples/boxctl COMPONENT documentation)

# The generated messages of boxd/rpc.h, as a static library: the shared libraries do not export them, and only programs that
# include the header link them, and protobuf-c.
install(TARGETS boxd_proto EXPORT boxd_rpc ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/proto/generated/boxd/api.pb-c.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/boxd
  COMPONENT development)
install(FILES proto/api.proto DESTINATION ${CMAKE_INSTALL_DATADIR}/boxd COMPONENT development)

# The CMake package. The libraries are shared and their headers need nothing, so it has no dependencies; its component rpc
# has one. Each product's targets are in a file of their own, because CMake refuses a file that names a missing library.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/boxd)
write_basic_package_version_file(boxdConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT boxd_common FILE boxdCommonTargets.cmake NAMESPACE boxd:: DESTINATION ${package_dir}
  COMPONENT common_development)
install(EXPORT boxd FILE boxdTargets.cmake NAMESPACE boxd:: DESTINATION ${package_dir} COMPONENT development)
install(EXPORT boxd_drukbox FILE boxdDrukboxTargets.cmake NAMESPACE boxd:: DESTINATION ${package_dir}
  COMPONENT drukbox_development)
install(EXPORT boxd_rpc FILE boxdRpcTargets.cmake NAMESPACE boxd:: DESTINATION ${package_dir} COMPONENT development)
install(FILES cmake/boxdConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/boxdConfigVersion.cmake DESTINATION ${package_dir}
  COMPONENT common_development)

# The pkg-config files derive their prefix from their own location, so that an installed tree can be moved.
# The further arguments are the libraries that a static library needs. They are in Libs.private and not in Requires.private,
# which would make gRPC's development files necessary for programs that link the shared library.
function(boxd_pkg_config name description requires component)
  list(JOIN ARGN " " private)
  set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  file(RELATIVE_PATH up /${pc_dir} /)
  string(REGEX REPLACE "/$" "" up "${up}")
  file(CONFIGURE OUTPUT ${name}.pc @ONLY CONTENT "\
prefix=\${pcfiledir}/${up}
libdir=\${prefix}/${CMAKE_INSTALL_LIBDIR}
includedir=\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}

Name: ${name}
Description: ${description}
Version: ${PROJECT_VERSION}
Requires: ${requires}
Libs: -L\${libdir} -l${name}
Libs.private: ${private}
Cflags: -I\${includedir}
")
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${pc_dir} COMPONENT ${component})
endfunction()
boxd_pkg_config(boxd-common "boxd for C: what its libraries share" "" common_development -pthread)
boxd_pkg_config(boxd-async "boxd for C, with callbacks" "boxd-common = ${PROJECT_VERSION}" development
                ${GRPC_LDFLAGS} ${PROTOBUF_C_LDFLAGS} ${CURL_LDFLAGS} ${JANSSON_LDFLAGS} -lm)
boxd_pkg_config(boxd "boxd for C, blocking" "boxd-async = ${PROJECT_VERSION}" development)
boxd_pkg_config(drukbox-async "Drukbox for C, with callbacks" "boxd-common = ${PROJECT_VERSION}" drukbox_development
                ${CURL_LDFLAGS} ${JANSSON_LDFLAGS} -lm)
boxd_pkg_config(drukbox "Drukbox for C, blocking" "drukbox-async = ${PROJECT_VERSION}" drukbox_development)
boxd_pkg_config(boxd-rpc "boxd for C: the generated messages of boxd/rpc.h"
                "boxd-async = ${PROJECT_VERSION} libprotobuf-c >= 1.4" development)

# The adapters. A program names its loop's library itself.
function(boxd_install_adapter product component name)
  set(library ${product}-${name})
  set_target_properties(${library} PROPERTIES INSTALL_RPATH "${beside}")
  boxd_install(${library} ${component} boxd_${component} ${component}_development)
  install(FILES async/include/${product}/adapters/${name}.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${product}/adapters
    COMPONENT ${component}_development)
  install(EXPORT boxd_${component} FILE boxd_${component}Targets.cmake NAMESPACE boxd:: DESTINATION ${package_dir}
    COMPONENT ${component}_development)
  boxd_pkg_config(${library} "${product} for C: callbacks on a loop of ${name}" "${product}-async = ${PROJECT_VERSION}"
                  ${component}_development)
endfunction()
foreach(name IN LISTS BOXD_ADAPTERS)
  boxd_install_adapter(boxd ${name} ${name})
  boxd_install_adapter(drukbox drukbox_${name} ${name})
endforeach()

if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
    -P ${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake COMMENT "Removing what was installed" VERBATIM)
endif()
