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
       {"a * b", "3 * a", "(a) * b", "(a + b) * 3", "p[0] * a", "f(a) * b", "sizeof(int) * a",
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
