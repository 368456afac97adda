//===- mutate.cpp - one file with mistakes --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: tally-mutate SEED NUMBER FILE DONOR OUT     FILE and DONOR: .onnx or .mlir
//
//===----------------------------------------------------------------------===//

#include "ModuleMutator.h"
#include "OnnxMutator.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

static std::string read(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int main(int count, char **arguments) {
  if (count != 6) {
    std::cerr << "usage: tally-mutate SEED NUMBER FILE DONOR OUT\n";
    return 2;
  }
  using namespace tally::mutation;
  Random random(std::strtoull(arguments[1], nullptr, 10), std::strtoull(arguments[2], nullptr, 10));
  std::string name = arguments[3];
  bool isOnnx = name.size() > 5 && name.compare(name.size() - 5, 5, ".onnx") == 0;
  auto mutate = isOnnx ? mutateOnnx : mutateModule;
  std::ofstream out(arguments[5], std::ios::binary);
  out << mutate(read(name), read(arguments[4]), random);
  return out.flush() ? 0 : 1;
}
