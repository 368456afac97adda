//===- Variants.cpp - code for several processors in one object -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Variants.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace tally {

/// `@best` returns the last variant that the processor can run, from 1 on; `@chosen` is the one in
/// use, 0 before the first call. Bits as in Intel's manual, volume 2, CPUID, and as the psABI of
/// x86-64 lists what each level has. Threads that find it at the same time find the same.
static constexpr const char *kDispatch = R"(
@chosen = internal global i32 0
@count = internal constant i32 0

define internal { i32, i32, i32, i32 } @cpuid(i32 %leaf) {
  %all = call { i32, i32, i32, i32 } asm "xchgq %rbx, ${1:q}\0Acpuid\0Axchgq %rbx, ${1:q}", "={ax},=&r,={cx},={dx},0,2"(i32 %leaf, i32 0)
  ret { i32, i32, i32, i32 } %all
}

define internal i1 @has(i32 %bits, i32 %mask) {
  %found = and i32 %bits, %mask
  %all = icmp eq i32 %found, %mask
  ret i1 %all
}

define internal i32 @best() {
  %first = call { i32, i32, i32, i32 } @cpuid(i32 0)
  %leaves = extractvalue { i32, i32, i32, i32 } %first, 0
  %known = icmp uge i32 %leaves, 7
  %extended = call { i32, i32, i32, i32 } @cpuid(i32 2147483648)
  %others = extractvalue { i32, i32, i32, i32 } %extended, 0
  %also = icmp ugt i32 %others, 2147483648
  %both = and i1 %known, %also
  br i1 %both, label %ask, label %old
ask:
  %one = call { i32, i32, i32, i32 } @cpuid(i32 1)
  %c1 = extractvalue { i32, i32, i32, i32 } %one, 2
  ; FMA, MOVBE, OSXSAVE, AVX, F16C
  %avx = call i1 @has(i32 %c1, i32 943722496)
  %seven = call { i32, i32, i32, i32 } @cpuid(i32 7)
  %b7 = extractvalue { i32, i32, i32, i32 } %seven, 1
  %c7 = extractvalue { i32, i32, i32, i32 } %seven, 2
  ; BMI1, AVX2, BMI2
  %avx2 = call i1 @has(i32 %b7, i32 296)
  %more = call { i32, i32, i32, i32 } @cpuid(i32 2147483649)
  %c8 = extractvalue { i32, i32, i32, i32 } %more, 2
  ; LZCNT
  %lzcnt = call i1 @has(i32 %c8, i32 32)
  %v3 = and i1 %avx, %avx2
  %v3all = and i1 %v3, %lzcnt
  br i1 %v3all, label %system, label %old
system:
  %low = call i32 asm sideeffect "xgetbv", "={ax},{cx},~{dx}"(i32 0)
  ; The system keeps registers of 256 bits, and of 512.
  %keeps256 = call i1 @has(i32 %low, i32 6)
  br i1 %keeps256, label %wide, label %old
wide:
  %keeps512 = call i1 @has(i32 %low, i32 230)
  ; AVX512 F, DQ, CD, BW, VL
  %avx512 = call i1 @has(i32 %b7, i32 -805109760)
  %v4 = and i1 %keeps512, %avx512
  ; AVX512 VNNI
  %vnni = call i1 @has(i32 %c7, i32 2048)
  %v5 = and i1 %v4, %vnni
  ; AVX512 VPOPCNTDQ
  %vpopcntdq = call i1 @has(i32 %c7, i32 16384)
  %v6 = and i1 %v5, %vpopcntdq
  %n4 = zext i1 %v4 to i32
  %n5 = zext i1 %v5 to i32
  %n6 = zext i1 %v6 to i32
  %three = add i32 2, %n4
  %four = add i32 %three, %n5
  %variant = add i32 %four, %n6
  %count = load i32, ptr @count, align 4
  %beyond = icmp ugt i32 %variant, %count
  %last = select i1 %beyond, i32 %count, i32 %variant
  ret i32 %last
old:
  ret i32 1
}

define internal i32 @use(i32 %wanted) {
  %best = call i32 @best()
  %any = icmp eq i32 %wanted, 0
  %beyond = icmp ugt i32 %wanted, %best
  %not = or i1 %any, %beyond
  %variant = select i1 %not, i32 %best, i32 %wanted
  store atomic i32 %variant, ptr @chosen monotonic, align 4
  ret i32 %variant
}

define internal i32 @current() {
  %now = load atomic i32, ptr @chosen monotonic, align 4
  %unknown = icmp eq i32 %now, 0
  br i1 %unknown, label %first, label %done
first:
  %best = call i32 @use(i32 0)
  ret i32 %best
done:
  ret i32 %now
}
)";

Expected<std::vector<CpuTarget>> getVariants(const std::string &triple) {
  if (!Triple(triple).isX86_64())
    return createStringError("several variants are those of x86_64, but the target is '" + triple +
                             "'");
  return std::vector<CpuTarget>{{triple, "x86-64-v2", ""},
                                {triple, "x86-64-v3", ""},
                                {triple, "x86-64-v4", ""},
                                {triple, "x86-64-v4", "+avx512vnni"},
                                {triple, "x86-64-v4", "+avx512vnni,+avx512vpopcntdq"}};
}

void dropLastIfEqual(std::vector<std::unique_ptr<Module>> &variants) {
  auto print = [](const Module &code) {
    std::string text;
    raw_string_ostream(text) << code;
    return text;
  };
  if (variants.size() > 1 && print(*variants.back()) == print(*variants[variants.size() - 2]))
    variants.pop_back();
}

/// Of a function of variant `number`.
static std::string nameOf(const std::string &name, size_t number) {
  return name + ".variant" + std::to_string(number);
}

/// Says for which processor each function is; leaves only `names` visible, under names of their
/// own.
static void mark(Module &code, const CpuTarget &target, const std::vector<std::string> &names,
                 size_t number) {
  for (GlobalValue &value : code.global_values())
    if (!value.isDeclaration())
      value.setLinkage(GlobalValue::InternalLinkage);
  for (Function &function : code)
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", target.cpu);
      if (!target.features.empty())
        function.addFnAttr("target-features", target.features);
    }
  for (GlobalVariable &constant : code.globals())
    if (constant.isConstant())
      constant.setUnnamedAddr(GlobalValue::UnnamedAddr::Global); // equal ones become one
  for (const std::string &name : names) {
    Function *function = code.getFunction(name);
    function->setName(nameOf(name, number));
    function->setLinkage(GlobalValue::ExternalLinkage);
  }
}

/// The function `name`, which calls the variant of it that is in use.
static void addDispatcher(Module &code, const std::string &name, size_t variants) {
  FunctionType *type = code.getFunction(nameOf(name, 1))->getFunctionType();
  Function *function = Function::Create(type, GlobalValue::ExternalLinkage, name, code);
  function->addFnAttr("no-jump-tables", "true"); // for `verify-mul-free`
  LLVMContext &context = code.getContext();
  IRBuilder<> builder(BasicBlock::Create(context, "", function));
  Value *current = builder.CreateCall(code.getFunction("current"));
  SmallVector<Value *> arguments(llvm::make_pointer_range(function->args()));
  for (size_t number = variants; number > 0; --number) {
    BasicBlock *here = BasicBlock::Create(context, "", function), *next = nullptr;
    if (number > 1) {
      next = BasicBlock::Create(context, "", function);
      builder.CreateCondBr(builder.CreateICmpEQ(current, builder.getInt32(number)), here, next);
    } else {
      builder.CreateBr(here);
    }
    builder.SetInsertPoint(here);
    builder.CreateCall(code.getFunction(nameOf(name, number)), arguments)->setTailCall();
    builder.CreateRetVoid();
    if (next)
      builder.SetInsertPoint(next);
  }
}

Expected<std::unique_ptr<Module>> joinVariants(LLVMContext &context,
                                               std::vector<std::unique_ptr<Module>> variants,
                                               const std::vector<CpuTarget> &targets,
                                               const std::vector<std::string> &names,
                                               const std::string &use) {
  InitializeAllAsmParsers(); // for `cpuid`
  SMDiagnostic problem;
  std::unique_ptr<Module> code = parseAssemblyString(kDispatch, problem, context);
  if (!code)
    return createStringError(problem.getMessage());
  size_t count = variants.size();
  code->getNamedGlobal("count")->setInitializer(ConstantInt::get(Type::getInt32Ty(context), count));
  for (Function &function : *code)
    function.addFnAttr("target-cpu", targets.front().cpu);
  for (auto [index, variant] : enumerate(variants)) {
    mark(*variant, targets[index], names, index + 1);
    if (Linker::linkModules(*code, std::move(variant)))
      return createStringError("variants cannot be linked");
  }
  for (const std::string &name : names) {
    addDispatcher(*code, name, count);
    for (size_t number = 1; number <= count; ++number)
      code->getFunction(nameOf(name, number))->setLinkage(GlobalValue::InternalLinkage);
  }
  Function *choose = code->getFunction("use");
  choose->setName(use);
  choose->setLinkage(GlobalValue::ExternalLinkage);
  return code;
}

} // namespace tally
