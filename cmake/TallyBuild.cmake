# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The packages Tally stands on and the two functions every folder calls. All that is set here
# holds in this project's folders only, not in those of a project around it.

find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
find_package(Protobuf REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
if(TALLY_MPI)
  find_package(MPI COMPONENTS C)
endif()

list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include) # for TableGen

# Debian ships libMLIR.so and libLLVM.so; linking them keeps each tool small.
# TallyConfig.cmake adds the include directories of the machine that it is used on.
add_library(TallyMlir INTERFACE)
target_include_directories(TallyMlir SYSTEM INTERFACE
  "$<BUILD_INTERFACE:${MLIR_INCLUDE_DIRS};${LLVM_INCLUDE_DIRS}>")
target_link_libraries(TallyMlir INTERFACE MLIR LLVM)
tally_install_library(TallyMlir)

add_compile_options(
  # Our own translation units keep their assertions in every build type.
  $<$<COMPILE_LANGUAGE:CXX>:-UNDEBUG>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall> $<$<COMPILE_LANGUAGE:CXX>:-Wextra>
  $<$<COMPILE_LANGUAGE:CXX>:-Wno-unused-parameter>
  $<$<COMPILE_LANGUAGE:CXX>:-fno-semantic-interposition>
  # Fused multiply-adds would make results depend on the machine.
  $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>
  # Nobody asks which exceptions an operation raised; loops may be vectorized for all that.
  $<$<COMPILE_LANGUAGE:CXX>:-fno-trapping-math>)
if(TALLY_FUZZERS)
  # What follows coverage is our own code; Debian's libraries are as they are.
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "TALLY_FUZZERS requires Clang: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
    -g1 -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 21
   AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 23)
  # Its vectorizer of straight-line code computes wrong values (LLVM issues 209023, 210177).
  add_compile_options(-fno-slp-vectorize)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12 sorts with what it calls deprecated itself.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-deprecated-declarations>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives inside LLVM's headers.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-dangling-pointer>)
endif()

# MLIR's headers take seconds to parse; parsing them once makes a build three times
# faster. Every library that links TallyMlir shares this one.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/TallyHeaders.cpp CONTENT "")
add_library(TallyHeaders STATIC ${PROJECT_BINARY_DIR}/TallyHeaders.cpp)
target_link_libraries(TallyHeaders PUBLIC TallyMlir)
target_precompile_headers(TallyHeaders PRIVATE
  <mlir/Dialect/Affine/IR/AffineOps.h>
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/EmitC/IR/EmitC.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/Linalg/IR/Linalg.h>
  <mlir/Dialect/MLProgram/IR/MLProgram.h>
  <mlir/Dialect/MemRef/IR/MemRef.h>
  <mlir/Dialect/Quant/IR/Quant.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Tensor/IR/Tensor.h>
  <mlir/Dialect/Tosa/IR/TosaOps.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/Pass/PassManager.h>
  <mlir/Transforms/DialectConversion.h>)

# tally_library(NAME [MLIR] SOURCES... [LINK libs...] [PRIVATE_LINK libs...]
#               [DEPENDS targets...]): one room of the house.
function(tally_library name)
  cmake_parse_arguments(ARG "MLIR" "" "LINK;PRIVATE_LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name}
    PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include;${PROJECT_BINARY_DIR}/include>"
    PRIVATE ${PROJECT_SOURCE_DIR}/lib)
  target_compile_features(${name} PUBLIC cxx_std_17)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(ARG_MLIR)
    target_link_libraries(${name} PUBLIC TallyMlir)
    target_precompile_headers(${name} REUSE_FROM TallyHeaders)
  endif()
  tally_install_library(${name})
endfunction()

# tally_tool(NAME SOURCES... LINK libs...): a thin executable in tools/.
function(tally_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  # The precompiled headers are position-independent as libraries are.
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM TallyHeaders)
  tally_install_tool(${name})
endfunction()

# Rows of a table, {"key", "text"}, of files and their names, or with NAME_WE as `component` these without
# what follows their first point: NAME.inc in the build folder.
function(tally_embed_table name component)
  set(rows "")
  foreach(file ${ARGN})
    get_filename_component(key ${file} ${component})
    file(READ ${file} text)
    string(APPEND rows "{\"${key}\", R\"text(${text})text\"},\n")
  endforeach()
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.inc CONTENT "${rows}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
endfunction()

# The text in `file`, which goes into what is emitted, as the bytes of a character array: NAME.inc in
# the build folder.
function(tally_embed name file)
  get_filename_component(text ${file} ABSOLUTE)
  file(STRINGS ${text} licence REGEX "SPDX") # of this file, not of what users emit
  string(LENGTH "${licence}\n" licence_length)
  file(READ ${text} bytes OFFSET ${licence_length} HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.inc CONTENT "${bytes}\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${text})
endfunction()
