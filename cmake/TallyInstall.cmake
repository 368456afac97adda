# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` installs, and the package that find_package(Tally) finds there.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# tally_install_library(TallyNAME): other builds know it as Tally::NAME, installed or not.
function(tally_install_library name)
  string(REGEX REPLACE "^Tally" "" short ${name})
  add_library(Tally::${short} ALIAS ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${short})
  if(TALLY_INSTALL)
    install(TARGETS ${name} EXPORT TallyTargets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  endif()
endfunction()

# tally_install_tool(NAME): an executable, or a module that a stock tool loads.
function(tally_install_tool name)
  # LLVM's libraries may lie where the loader does not look.
  set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  if(TALLY_INSTALL)
    install(TARGETS ${name}
      RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endfunction()

if(NOT TALLY_INSTALL)
  return()
endif()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tally ${PROJECT_BINARY_DIR}/include/tally
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.h PATTERN *.td PATTERN *.h.inc
  PATTERN CMakeFiles EXCLUDE)
# Tools have these compiled in; here they are to be read, copied and changed.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/recipes ${PROJECT_SOURCE_DIR}/energy
  DESTINATION ${CMAKE_INSTALL_DATADIR}/tally
  FILES_MATCHING PATTERN *.json)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/hardware
  DESTINATION ${CMAKE_INSTALL_DATADIR}/tally
  FILES_MATCHING PATTERN *.v PATTERN *.md PATTERN *.json)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tally
  FILES_MATCHING PATTERN *.md)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tally)

set(tally_package ${CMAKE_INSTALL_LIBDIR}/cmake/Tally)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/TallyConfig.cmake.in
  ${PROJECT_BINARY_DIR}/TallyConfig.cmake
  INSTALL_DESTINATION ${tally_package}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/TallyConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/TallyConfig.cmake
  ${PROJECT_BINARY_DIR}/TallyConfigVersion.cmake
  DESTINATION ${tally_package})
install(EXPORT TallyTargets NAMESPACE Tally:: DESTINATION ${tally_package})
