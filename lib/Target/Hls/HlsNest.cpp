//===- HlsNest.cpp - functions of one perfect nest of loops ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsNest.h"

#include "llvm/ADT/STLExtras.h"

namespace tally::hls {

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

std::vector<int64_t> Array::sizes() const {
  std::vector<int64_t> sizes;
  for (int64_t size : shape)
    if (size != 1)
      sizes.push_back(size);
  if (sizes.empty())
    sizes.push_back(1);
  return sizes;
}

std::string Array::declaration() const {
  std::string text = typeOf(range) + " " + name;
  for (int64_t size : sizes())
    text += "[" + std::to_string(size) + "]";
  return text;
}

int Array::dimension(size_t dim) const {
  if (shape[dim] == 1)
    return 0;
  return 1 + int(llvm::count_if(llvm::ArrayRef(shape).take_front(dim),
                                [](int64_t size) { return size != 1; }));
}

/// Braces around every row.
static void printRows(llvm::raw_ostream &os, llvm::ArrayRef<int64_t> sizes,
                      llvm::ArrayRef<int64_t> &values, unsigned indent) {
  constexpr size_t kPerLine = 24;
  os << "{";
  for (int64_t i = 0; i < sizes[0]; ++i) {
    if (sizes.size() == 1) {
      os << (i == 0                  ? ""
             : i % int64_t(kPerLine) ? ", "
                                     : ",\n" + std::string(indent, ' '))
         << literal(values.front());
      values = values.drop_front();
      continue;
    }
    os << (i == 0 ? "" : ",\n" + std::string(indent, ' '));
    printRows(os, sizes.drop_front(), values, indent + 1);
  }
  os << "}";
}

void printConstant(llvm::raw_ostream &os, const Array &array, llvm::ArrayRef<int64_t> values) {
  os << "static const " << array.declaration() << " =\n    ";
  printRows(os, array.sizes(), values, 5);
  os << ";\n\n";
}

//===----------------------------------------------------------------------===//
// Nests
//===----------------------------------------------------------------------===//

Index Nest::loop(llvm::StringRef label, llvm::StringRef variable, int64_t count) {
  if (count == 1)
    return Index(0);
  loops.push_back({label.str(), variable.str(), count});
  return Index(variable.str());
}

std::vector<Index> Nest::loopOver(llvm::ArrayRef<int64_t> shape) {
  static constexpr std::pair<const char *, const char *> kImage[] = {
      {"images", "n"}, {"rows", "h"}, {"columns", "w"}, {"channels", "c"}};
  std::vector<Index> indices;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    std::string number = std::to_string(dim);
    if (shape.size() == 4)
      indices.push_back(loop(kImage[dim].first, kImage[dim].second, size));
    else
      indices.push_back(loop("dimension" + number, "i" + number, size));
  }
  return indices;
}

Number Nest::define(llvm::StringRef name, const Number &value) {
  line("const " + typeOf(value.range) + " " + name.str() + " = " + value.text + ";");
  return {name.str(), value.range};
}

std::string Nest::defineInt(llvm::StringRef name, const std::string &text) {
  line("const int " + name.str() + " = " + text + ";");
  return name.str();
}

Number Nest::at(const Array &array, llvm::ArrayRef<Index> indices) const {
  std::string element = array.name;
  for (auto [size, index] : llvm::zip_equal(array.shape, indices))
    if (size != 1)
      element += "[" + text(index) + "]";
  if (element == array.name)
    element += "[0]";
  return {element, array.range};
}

void Nest::store(const Array &array, llvm::ArrayRef<Index> indices, const Number &value) {
  line(at(array, indices).text + " = " + convert(value, array.range).text + ";");
}

void Nest::pipeline() {
  for (Loop &loop : llvm::reverse(loops))
    if (loop.directive == Directive::None) {
      loop.directive = Directive::Pipeline;
      return;
    }
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static void printNest(llvm::raw_ostream &os, const Nest &nest) {
  std::string indent = "  ";
  for (const Loop &loop : nest.loops) {
    const char *directive = loop.directive == Directive::Pipeline ? "PIPELINE"
                            : loop.directive == Directive::Unroll ? "UNROLL"
                                                                  : nullptr;
    if (directive)
      os << indent << "TALLY_BEFORE_" << directive << "\n";
    os << indent << loop.label << ": for (int " << loop.variable << " = 0; " << loop.variable
       << " < " << loop.count << "; ++" << loop.variable << ") {\n";
    indent += "  ";
    if (directive)
      os << indent << "TALLY_" << directive << "\n";
  }
  for (const std::string &line : nest.body)
    os << indent << line << "\n";
  while (indent.size() > 2) {
    indent.resize(indent.size() - 2);
    os << indent << "}\n";
  }
}

void Function::print(llvm::raw_ostream &os) const {
  os << "/* " << comment << " */\nstatic void " << name << "(";
  llvm::interleave(parameters, os, [&](const Array &array) { os << array.declaration(); }, ", ");
  os << ") {\n";
  for (const std::string &local : locals)
    os << "  " << local << "\n";
  printNest(os, nest);
  os << "}\n\n";
}

} // namespace tally::hls
