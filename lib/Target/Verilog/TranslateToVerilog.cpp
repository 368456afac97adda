//===- TranslateToVerilog.cpp - a circuit as text -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Verilog/TranslateToVerilog.h"

#include "tally/Rtl/Schedule.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tally {

std::string tableFile(rtl::ModuleOp module, StringRef table) {
  return (module.getSymName() + "." + table + ".hex").str();
}

static std::string hex(const APInt &bits) {
  SmallString<64> digits;
  bits.toString(digits, 16, /*Signed=*/false);
  return digits.str().lower();
}

void printTable(rtl::TableOp table, llvm::raw_ostream &os) {
  unsigned lanes = table.getWords().getShapedType().getDimSize(1);
  unsigned bits = table.getWords().getShapedType().getElementTypeBitWidth();
  auto values = table.getWords().getValues<APInt>();
  for (int64_t row = 0; row < table.getDepth(); ++row) {
    APInt word(table.getWidth(), 0);
    for (unsigned lane = 0; lane < lanes; ++lane)
      word.insertBits(values[row * lanes + lane], lane * bits);
    std::string digits = hex(word);
    os << std::string((table.getWidth() + 3) / 4 - digits.size(), '0') << digits << "\n";
  }
}

bool isVerilogWord(StringRef name) {
  // IEEE 1364-2005, annex B, and what IEEE 1800-2017 and tools add to it.
  static const llvm::StringSet<> words = [] {
    llvm::StringSet<> set;
    SmallVector<StringRef> list;
    StringRef(
        "always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config "
        "deassign default defparam design disable edge else end endcase endconfig endfunction "
        "endgenerate endmodule endprimitive endspecify endtable endtask event for force forever "
        "fork function generate genvar highz0 highz1 if ifnone incdir include initial inout input "
        "instance integer join large liblist library localparam macromodule medium module nand "
        "negedge nmos nor noshowcancelled not notif0 notif1 or output parameter pmos posedge "
        "primitive pull0 pull1 pulldown pullup pulsestyle_onevent pulsestyle_ondetect rcmos real "
        "realtime reg release repeat rnmos rpmos rtran rtranif0 rtranif1 scalared showcancelled "
        "signed small specify specparam strong0 strong1 supply0 supply1 table task time tran "
        "tranif0 tranif1 tri tri0 tri1 triand trior trireg unsigned use uwire vectored wait wand "
        "weak0 weak1 while wire wor xnor xor "
        "accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof "
        "bit bool break byte chandle checker class clocking const constraint context continue "
        "cover "
        "covergroup coverpoint cross dist do endchecker endclass endclocking endgroup endinterface "
        "endpackage endprogram endproperty endsequence enum eventually expect export extends "
        "extern "
        "final first_match foreach forkjoin global iff ignore_bins illegal_bins implements implies "
        "import inside int interconnect interface intersect let local logic longint matches "
        "modport "
        "nettype new nexttime null package packed priority program property protected pure rand "
        "randc randcase randsequence ref reject_on restrict return s_always s_eventually "
        "s_nexttime "
        "s_until s_until_with sequence shortint shortreal soft solve static string strong struct "
        "super sync_accept_on sync_reject_on tagged this throughout timeprecision timeunit type "
        "typedef union unique unique0 until until_with untyped var virtual void wait_order weak "
        "wildcard with within")
        .split(list, ' ');
    for (StringRef word : list)
      set.insert(word);
    return set;
  }();
  return words.contains(name);
}

namespace {

unsigned widthOf(Value value) { return value.getType().getIntOrFloatBitWidth(); }

/// " [7:0]", or nothing for one bit.
std::string rangeOf(Value value) {
  unsigned width = widthOf(value);
  return width == 1 ? "" : " [" + std::to_string(width - 1) + ":0]";
}

class Printer {
public:
  Printer(rtl::ModuleOp module, llvm::raw_ostream &os) : module(module), os(os) {}

  void print() {
    Block &block = module.getBody().front();
    auto output = cast<rtl::OutputOp>(block.getTerminator());
    SmallVector<std::string> ports;
    for (auto [name, value] :
         llvm::zip_equal(module.getInputs().getAsRange<StringAttr>(), block.getArguments())) {
      setName(value, name.getValue());
      ports.push_back("input" + rangeOf(value) + " " + name.str());
    }
    for (auto [name, value] :
         llvm::zip_equal(module.getOutputs().getAsRange<StringAttr>(), output.getValues())) {
      taken.insert(name.getValue());
      ports.push_back("output" + rangeOf(value) + " " + name.str());
    }
    os << "module " << module.getSymName() << " (\n    " << llvm::join(ports, ",\n    ") << ");\n";
    // All wires first: what comes back from behind is used before it is made.
    for (Operation &op : block.without_terminator())
      declare(&op);
    for (Operation &op : block.without_terminator())
      printOperation(&op);
    for (auto [name, value] :
         llvm::zip_equal(module.getOutputs().getAsRange<StringAttr>(), output.getValues()))
      os << "  assign " << name.getValue() << " = " << names[value] << ";\n";
    os << "endmodule\n";
  }

private:
  void setName(Value value, StringRef wanted) {
    std::string name = wanted.str();
    for (unsigned n = 2; !taken.insert(name).second; ++n)
      name = (wanted + "_" + Twine(n)).str();
    names[value] = name;
  }

  void declare(Operation *op) {
    auto instance = dyn_cast<rtl::InstanceOp>(op);
    if (!instance) {
      setName(op->getResult(0), "n" + std::to_string(++count));
      os << "  wire" << rangeOf(op->getResult(0)) << " " << names[op->getResult(0)] << ";\n";
      return;
    }
    ArrayAttr ports = externOf(instance).getOutputs();
    for (auto [port, value] :
         llvm::zip_equal(ports.getAsRange<StringAttr>(), instance.getValues())) {
      setName(value, (instance.getName() + "_" + port.getValue()).str());
      os << "  wire" << rangeOf(value) << " " << names[value] << ";\n";
    }
  }

  rtl::ExternOp externOf(rtl::InstanceOp instance) {
    return SymbolTable::lookupNearestSymbolFrom<rtl::ExternOp>(instance, instance.getModuleAttr());
  }

  void printInstance(rtl::InstanceOp op) {
    rtl::ExternOp callee = externOf(op);
    SmallVector<std::string> params, ports;
    for (auto name : callee.getParams().getAsRange<StringAttr>()) {
      Attribute value = op.getParams().get(name);
      std::string text;
      if (auto number = dyn_cast<IntegerAttr>(value))
        text = std::to_string(number.getInt());
      else
        text = "\"" + tableFile(module, cast<FlatSymbolRefAttr>(value).getValue()) + "\"";
      params.push_back("." + name.str() + "(" + text + ")");
    }
    for (auto [name, value] :
         llvm::zip_equal(callee.getInputs().getAsRange<StringAttr>(), op.getPorts()))
      ports.push_back("." + name.str() + "(" + names[value] + ")");
    for (auto [name, value] :
         llvm::zip_equal(callee.getOutputs().getAsRange<StringAttr>(), op.getValues()))
      ports.push_back("." + name.str() + "(" + names[value] + ")");
    os << "  " << op.getModule() << " #(" << llvm::join(params, ", ") << ")\n    " << op.getName()
       << "(" << llvm::join(ports, ", ") << ");\n";
  }

  std::string literal(const APInt &bits) {
    return std::to_string(bits.getBitWidth()) + "'h" + hex(bits);
  }

  /// Bits `last` to 0 of a wire that has more.
  std::string lowest(Value value, unsigned bits) {
    if (bits == widthOf(value))
      return names[value];
    return names[value] + (bits == 1 ? "[0]" : "[" + std::to_string(bits - 1) + ":0]");
  }

  std::string clamped(rtl::ClampOp op) {
    Value input = op.getInput();
    unsigned width = widthOf(input), bits = widthOf(op.getResult());
    std::string number = "$signed(" + names[input] + ")", text;
    auto bound = [&](int64_t value, const char *order) {
      APInt wide(64, value, true);
      if (!wide.isSignedIntN(width))
        return; // no number of this width goes beyond
      text += number + order + "$signed(" + literal(wide.trunc(std::min(width, 64u)).sext(width)) +
              ") ? " + literal(wide.zextOrTrunc(bits)) + " : ";
    };
    bound(op.getLow(), " < ");
    bound(op.getHigh(), " > ");
    return text + lowest(input, bits);
  }

  std::string extended(rtl::ExtendOp op) {
    Value input = op.getInput();
    unsigned width = widthOf(input), more = widthOf(op.getResult()) - width;
    std::string top = "1'b0";
    if (op.getIsSigned())
      top = names[input] + (width == 1 ? "" : "[" + std::to_string(width - 1) + "]");
    return "{{" + std::to_string(more) + "{" + top + "}}, " + names[input] + "}";
  }

  std::string extracted(rtl::ExtractOp op) {
    int64_t width = widthOf(op.getResult()), low = op.getLow();
    if (width == widthOf(op.getInput()))
      return names[op.getInput()];
    std::string text = names[op.getInput()] + "[" + std::to_string(low + width - 1);
    return width == 1 ? text + "]" : text + ":" + std::to_string(low) + "]";
  }

  void printOperation(Operation *op) {
    if (auto instance = dyn_cast<rtl::InstanceOp>(op))
      return printInstance(instance);
    auto binary = [&](const char *sign) {
      return names[op->getOperand(0)] + sign + names[op->getOperand(1)];
    };
    std::string text =
        llvm::TypeSwitch<Operation *, std::string>(op)
            .Case([&](rtl::ConstantOp c) {
              return literal(cast<IntegerAttr>(c.getValue()).getValue());
            })
            .Case([&](rtl::ExtendOp e) { return extended(e); })
            .Case([&](rtl::TruncateOp t) { return lowest(t.getInput(), widthOf(t.getResult())); })
            .Case([&](rtl::AddOp) { return binary(" + "); })
            .Case([&](rtl::SubOp) { return binary(" - "); })
            .Case([&](rtl::OrOp) { return binary(" | "); })
            .Case([&](rtl::AndOp) { return binary(" & "); })
            .Case([&](rtl::ExtractOp e) { return extracted(e); })
            .Case([&](rtl::ConcatOp c) {
              return "{" +
                     llvm::join(
                         llvm::map_range(c.getInputs(), [&](Value input) { return names[input]; }),
                         ", ") +
                     "}";
            })
            .Case([&](rtl::ShlOp s) {
              return names[s.getInput()] + " << " + std::to_string(s.getPlaces());
            })
            .Case([&](rtl::ShrSOp s) {
              return "$signed(" + names[s.getInput()] + ") >>> " + std::to_string(s.getPlaces());
            })
            .Case([&](rtl::ClampOp c) { return clamped(c); });
    os << "  assign " << names[op->getResult(0)] << " = " << text << ";\n";
  }

  rtl::ModuleOp module;
  llvm::raw_ostream &os;
  llvm::DenseMap<Value, std::string> names;
  llvm::StringSet<> taken;
  unsigned count = 0;
};

} // namespace

void translateToVerilog(rtl::ModuleOp module, llvm::raw_ostream &os) {
  for (const std::string &line : describeSchedule(module))
    os << "// " << line << "\n";
  Printer(module, os).print();
}

} // namespace tally
