// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Audit/MulFreeAudit.h"

#include <gtest/gtest.h>

using namespace tally;

static CAudit strict(llvm::StringRef source) { return auditC(source, MulFree::Strict); }

TEST(AuditC, PointersAreNoMultiplications) {
  for (llvm::StringRef source :
       {"static void f(int8_t* v1, const uint8_t *v2) { int8_t* v3 = (int8_t*) v2; }",
        "int *p; int f(void) { return *p; }", "void f(int *p) { *p = -*p + (int) *p; }",
        "struct s; void f(struct s *a) { (void)(struct s *) a; }",
        "typedef int code; code *p; int f(code *q) { return (code) *q; }",
        "void f(int **p) { int x = **p; if (x) *p = 0; else *p = 0; }",
        "/* a * b */ // c * d\nconst char *s = \"a * b\"; char c = '*';"}) {
    CAudit audit = strict(source);
    EXPECT_EQ(audit.onData + audit.inAddresses, 0) << source.str();
    EXPECT_TRUE(audit.findings.empty());
  }
}

TEST(AuditC, FindsMultiplications) {
  for (llvm::StringRef expression :
       {"a * b", "3 * a", "(a) * b", "(a + b) * 3", "p[0] * a", "g(a, b, p) * b", "sizeof(int) * a",
        "a++ * b", "(int) a * b", "a * *p"}) {
    std::string source = "int g(int a, int b, int *p) {\n  return " + expression.str() + ";\n}\n";
    CAudit audit = strict(source);
    EXPECT_EQ(audit.onData, 1) << expression.str();
    ASSERT_EQ(audit.findings.size(), 1u);
    EXPECT_EQ(audit.findings[0].function, "g");
    EXPECT_EQ(audit.findings[0].line, 2);
    EXPECT_EQ(audit.findings[0].text, "return " + expression.str() + ";");
  }
  EXPECT_EQ(strict("void f(int a) { a *= 3; }").onData, 1);
  EXPECT_EQ(strict("#define SQUARE(x) ((x) * (x))").onData, 1);
}

TEST(AuditC, TellsAddressesFromData) {
  llvm::StringRef source = "void f(int *p) {\n"
                           "  for (size_t i = 0; i < 3; i += 1) {\n"
                           "    size_t j = i * 20 + 1;\n"
                           "    p[i * 4] = p[j];\n"
                           "    int x = p[j] * 3;\n"
                           "  }\n"
                           "}\n";
  EXPECT_EQ(strict(source).inAddresses, 2);
  EXPECT_EQ(strict(source).onData, 1);
  EXPECT_EQ(strict(source).findings.size(), 3u);
  EXPECT_EQ(auditC(source, MulFree::Compute).findings.size(), 1u);
  EXPECT_TRUE(auditC(source, MulFree::Macs).findings.empty());
}

// A variable of `size_t` is no address where data is made of it.
TEST(AuditC, FollowsVariablesIntoData) {
  auto body = [](llvm::StringRef statements) {
    std::string source = "int f(int *p, size_t k) {\n" + statements.str() + "\n}\n";
    return auditC(source, MulFree::Compute);
  };
  for (llvm::StringRef statements :
       {"size_t v = k * 2; return (int) v;", "size_t v = k * 2; return 8 >> (v & 7);",
        "size_t v = k * 2; p[v] = v;", "size_t v = k * 2; if (v < 3) return p[v];",
        "size_t v = k * 2; bool b = v < 3; return p[b];", "size_t v = k * 2; v = v;",
        "size_t v = k * 2; size_t w = v + 1; return w;", "size_t v = 1; v = k * 2;",
        "for (size_t i = k * 2; i < 9; i += 1) p[i] = (int) i;",
        "for (size_t i = 0; i < 9; i += 1) p[i] += k * 2;", "size_t *v = 0; return *v * 2;"}) {
    CAudit audit = body(statements);
    EXPECT_EQ(audit.onData, 1) << statements.str();
    EXPECT_EQ(audit.inAddresses, 0) << statements.str();
    EXPECT_EQ(audit.findings.size(), 1u) << statements.str();
  }
  for (llvm::StringRef statements :
       {"size_t v = k * 2; return p[v];", "size_t v = k * 2; size_t w = v + 1; return p[w] + p[v];",
        "for (size_t i = 0; i < k * 2; i += 1) { p[i] = 0; }",
        "size_t v = k * 2; for (size_t i = v; i < 9; i += 1) p[i] = 0;",
        "size_t v = k * 2, w = 3; return p[v] + w;"}) {
    CAudit audit = body(statements);
    EXPECT_EQ(audit.onData, 0) << statements.str();
    EXPECT_EQ(audit.inAddresses, 1) << statements.str();
    EXPECT_TRUE(audit.findings.empty()) << statements.str();
  }
  // Names are those of one function.
  CAudit audit = auditC("int f(int *p, size_t k) { size_t v = k * 2; return p[v]; }\n"
                        "int g(int v) { return v; }\n",
                        MulFree::Compute);
  EXPECT_TRUE(audit.findings.empty());
}

TEST(AuditC, NamesOfTypesEndAtTheirScope) {
  for (llvm::StringRef source :
       {"typedef struct { int acc; } state;\nint f(int acc) { return acc * 77; }\n",
        "typedef int (*call)(int);\nint f(int a) { int b = 3;\n return b * a; }\n",
        "typedef int word;\nint f(int a) { int word = a; return (word) * a; }\n"}) {
    CAudit audit = strict(source);
    EXPECT_EQ(audit.onData, 1) << source.str();
    EXPECT_EQ(audit.findings.size(), 1u) << source.str();
  }
}

TEST(AuditC, ReportsWhatIsNotRead) {
  for (auto [statement, text] :
       {std::pair<llvm::StringRef, llvm::StringRef>{"x = fma(x, x, x);", "call of fma"},
        {"x = other(x);", "call of other"},
        {"int (*abs)(int) = p; x = abs(x);", "call of abs"},
        {"__attribute__((cleanup(other))) int y = x;", "attribute cleanup"},
        {"x = CALL(x);", "call of CALL"},
        {"x = p(x);", "call of p,"},
        {"x = t[1](x);", "call through a pointer"},
        {"x = s->f(x);", "call through a pointer"},
        {"x = g(x)(x);", "call through a pointer"},
        {"x = ((int (*)(int)) code)(x);", "call through a pointer"},
        {"__asm__(\"\"\n : \"+r\"(x));", "inline assembly"},
        {"__asm__(\"\" \"imul %0\" : \"+r\"(x));", "inline assembly"},
        {"__asm__(\"imul %0\" : \"+r\"(x));", "inline assembly"},
        {"__builtin_mul_overflow(x, x, &x);", "call of __builtin_mul_overflow"}}) {
    std::string source =
        "#define CALL fma\nint g(int x);\nstatic int f(int (*p)(int), int x) {\n  " +
        statement.str() + "\n  return x;\n}\n" + "int g(int x) { return f(g, x); }\n";
    for (MulFree level : {MulFree::Macs, MulFree::Compute, MulFree::Strict}) {
      CAudit audit = auditC(source, level);
      EXPECT_EQ(audit.onData + audit.inAddresses, 0) << statement.str();
      ASSERT_FALSE(audit.findings.empty()) << statement.str();
      EXPECT_TRUE(llvm::StringRef(audit.findings[0].text).starts_with(text))
          << statement.str() << ": " << audit.findings[0].text;
      EXPECT_EQ(audit.findings[0].line, 4);
      EXPECT_EQ(audit.findings[0].function, "f");
    }
  }
  EXPECT_EQ(strict("#define F(x) fma(x)\n").findings.size(), 1u);
}

TEST(AuditC, KnowsCallsThatDoNotMultiply) {
  for (llvm::StringRef source :
       {"int f(int a) { __asm__(\"\" : \"+r\"(a)); return a; }",
        "void f(char *a, char *b) { memcpy(a, b, sizeof(int)); __builtin_memset(a, 0, 3); }",
        "int g(int a) { return a; }\nint f(int a) { if (a) (void) g(a); return (int) (g(a)); }",
        "int g(int a);\nint f(int a) { return g(a); }\nint g(int a) { return a; }",
        "#ifdef X\n#define STEP(a, b) \\\n  ((a) + (b))\n#endif\nint f(int a) { return STEP(a, 1); "
        "}",
        "#if defined(X) && !defined (Y)\n#define Z (3)\n#endif\n__attribute__((unused)) int x;",
        "int64_t f(void) { for (;;) { while (1) (void) 0; switch (3) { case (3): break; } } "
        "return INT64_C(3); }",
        "typedef int code; int f(int a) { return (code) (a); }",
        "typedef struct { int8_t *data; int32_t n; } tensor; void f(tensor *t) { *t->data = 0; }",
        "typedef int (*step)(int); struct s { int (*call)(int); step next; };",
        "#define PLACE(n) __attribute__((section(n), aligned(4)))\n"
        "void f(void) { __attribute__((aligned(16))) int t[4] = {0}; (void) t; }"}) {
    CAudit audit = strict(source);
    EXPECT_TRUE(audit.findings.empty()) << source.str() << ": " << audit.findings[0].text;
  }
}

/// A function as `emit-c --style=hls` writes them, around one line.
static std::string nest(llvm::StringRef line) {
  return ("#include \"net.h\"\n"
          "static void net_layer(tally_u4 input[4][3], tally_i9 output[2]) {\n"
          "  TALLY_PARTITION(output, 1)\n"
          "  rows: for (int oh = 0; oh < 2; ++oh) {\n"
          "    TALLY_PIPELINE\n    " +
          line +
          "\n    const tally_u4 x = inside ? input[h][0] : (tally_u4)0;\n"
          "    output[oh] = TALLY_SHL(tally_i9, x, 2);\n  }\n}\n")
      .str();
}

TEST(AuditHls, TellsIndicesFromData) {
  CAudit compute =
      auditHls(nest("const int h = oh * 2 - 1;\n    const int inside = h >= 0;"), MulFree::Compute);
  EXPECT_TRUE(compute.findings.empty()) << compute.findings[0].text;
  EXPECT_EQ(compute.inAddresses, 1);
  EXPECT_EQ(compute.onData, 0);
  CAudit all =
      auditHls(nest("const int h = oh * 2 - 1;\n    const int inside = h >= 0;"), MulFree::Strict);
  ASSERT_EQ(all.findings.size(), 1u);
  EXPECT_EQ(all.findings[0].line, 6);
  // Of what is read, whatever its type.
  for (const char *line :
       {"const int h = input[oh][0] * 2; const int inside = 1;", "const tally_i9 h = oh * 2;",
        "const int h = weight * 2; const int inside = 1;", "sum[oh * 0] *= 2;"})
    EXPECT_EQ(auditHls(nest(line), MulFree::Compute).onData, 1) << line;
  EXPECT_FALSE(auditHls(nest("const int h = elsewhere(oh); const int inside = 1;"), MulFree::Macs)
                   .findings.empty());
}
