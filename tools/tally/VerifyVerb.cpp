//===- VerifyVerb.cpp - is it free of multiplications? --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Certify.h"
#include "tally/Support/Text.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <unistd.h>

using nlohmann::json;

namespace tally {

static json toJson(const std::vector<MulFreeFinding> &findings, const char *what) {
  json rows = json::array();
  for (const MulFreeFinding &finding : findings) {
    json row = {{"function", finding.function}, {what, finding.text}};
    if (finding.line)
      row["line"] = finding.line;
    rows.push_back(row);
  }
  return rows;
}

static json toJson(const ObjectAudit &audit) {
  json functions = json::array();
  for (const FunctionCount &count : audit.functions)
    functions.push_back({{"name", count.name},
                         {"instructions", count.instructions},
                         {"scalar_multiplies", count.scalarMultiplies},
                         {"multiplies", count.multiplies},
                         {"multiply_adds", count.multiplyAdds},
                         {"helper_calls", count.helperCalls}});
  return {{"holds", audit.findings.empty()},
          {"target", audit.triple},
          {"functions", functions},
          {"findings", toJson(audit.findings, "instruction")}};
}

static json toJson(const CAudit &audit) {
  return {{"holds", audit.findings.empty()},
          {"multiplications_on_data", audit.onData},
          {"multiplications_in_addresses", audit.inAddresses},
          {"findings", toJson(audit.findings, "statement")}};
}

static json toJson(const CircuitAudit &audit) {
  return {{"holds", audit.findings.empty()},
          {"cells", audit.cells},
          {"findings", toJson(audit.findings, "cell")}};
}

static json toJson(const MulFreeCertificate &certificate) {
  json report = {{"level", stringifyMulFree(certificate.level).str()},
                 {"holds", certificate.holds()}};
  if (certificate.network) {
    json rows = json::array();
    for (const Multiplication &one : *certificate.network)
      rows.push_back({{"layer", one.layer}, {"operation", one.operation}, {"reason", one.reason}});
    report["network_operations"] = {{"holds", rows.empty()}, {"findings", rows}};
  }
  if (certificate.object) {
    report["object"] = toJson(*certificate.object);
    if (!certificate.processor.empty())
      report["object"]["processor"] = certificate.processor;
  }
  if (certificate.c) {
    report["c"] = toJson(*certificate.c);
    report["rv32i"] = certificate.rv32i ? toJson(*certificate.rv32i)
                                        : json{{"skipped", certificate.withoutRv32i}};
  }
  if (certificate.hls) {
    report["hls"] = toJson(*certificate.hls);
    report["hls_rv32i"] = certificate.hlsRv32i ? toJson(*certificate.hlsRv32i)
                                               : json{{"skipped", certificate.withoutRv32i}};
  }
  if (certificate.circuit) {
    report["rtl"] = toJson(certificate.circuit->rtl);
    report["synthesis"] = toJson(certificate.circuit->synthesis);
    report["synthesis"]["target"] = "xc7";
  }
  return report;
}

/// The first finding of each level, for people.
static void printFindings(const MulFreeCertificate &certificate) {
  auto print = [](const char *where, const std::vector<MulFreeFinding> &findings) {
    if (findings.empty())
      return;
    std::fprintf(stderr, "tally: note: %s: function '%s': %s", where,
                 printable(findings[0].function).c_str(), printable(findings[0].text).c_str());
    if (findings.size() > 1)
      std::fprintf(stderr, " (and %zu more)", findings.size() - 1);
    std::fprintf(stderr, "\n");
  };
  if (certificate.network && !certificate.network->empty()) {
    const Multiplication &one = certificate.network->front();
    std::fprintf(stderr, "tally: note: network: layer '%s': '%s' %s\n",
                 printable(one.layer).c_str(), one.operation.c_str(), one.reason.c_str());
  }
  if (certificate.object)
    print("object", certificate.object->findings);
  if (certificate.c)
    print("C", certificate.c->findings);
  if (certificate.rv32i)
    print("C for RV32I", certificate.rv32i->findings);
  if (certificate.hls)
    print("C for high-level synthesis", certificate.hls->findings);
  if (certificate.hlsRv32i)
    print("C for high-level synthesis for RV32I", certificate.hlsRv32i->findings);
  if (certificate.circuit) {
    print("circuit", certificate.circuit->rtl.findings);
    print("circuit for xc7", certificate.circuit->synthesis.findings);
  }
}

namespace {

struct VerifyMulFreeVerb : Verb {
  VerifyMulFreeVerb()
      : Verb("verify-mul-free", "NET.q.mlir|NET.o|NET.c [--level LEVEL] [-o CERTIFICATE.json]",
             "check that a network, an object or C does not multiply; exit status 3 if it does") {
    options.addFile(input);
    options.add({"--level", "LEVEL",
                 "not in sums (macs), not on data (compute), not at all (strict, default)",
                 "macs, compute or strict"},
                [&](const std::string &text) { return setLevel(text); });
    addProcessor(options, job.processor);
    options.add({"--rtl", "",
                 "look at the network's Verilog, too: no product after elaboration, no DSP block "
                 "where they are allowed, by yosys"},
                job.circuit);
    options.add({"--lanes", "FxC", "of that circuit, as emit-verilog has them"}, job.lanes);
    options.add({"--style", "STYLE", "of that circuit, sequential (default) or pipelined"}, style);
    options.add({"--hls", "", "look at the network's C for high-level synthesis, too"}, job.hls);
    options.add({"-o", "FILE",
                 "where the certificate goes, as JSON; - for stdout (default, but on a terminal "
                 "only what it comes to)"},
                output);
    mlirOptions.addPassesTo(options);
  }

  Status setLevel(const std::string &text) {
    std::optional<MulFree> level = symbolizeMulFree(text);
    if (!level || *level == MulFree::No)
      return Error{"--level requires macs, compute or strict, but got '" + text + "'"};
    job.level = *level;
    return Done();
  }

  /// Checks what belongs together. A certificate fills many screens.
  Status prepare() override {
    for (auto [option, given] :
         {std::pair("--lanes", !job.lanes.empty()), {"--style", !style.empty()}})
      if (given && !job.circuit)
        return Error{std::string(option) + " requires --rtl", ErrorKind::Usage};
    if (!style.empty())
      job.style = style;
    if (output.empty() && !::isatty(STDOUT_FILENO))
      output = "-";
    return Done();
  }

  Files files() const override { return {{input}, {output}, ""}; }

  int run() override {
    Session session;
    Result<MulFreeCertificate> certificate = certify(session, input, job);
    if (!certificate)
      return fail(certificate.error());
    json report = toJson(*certificate);
    report["network"] = input;
    // Names may hold any bytes.
    std::string text = report.dump(2, ' ', false, json::error_handler_t::replace);
    if (!output.empty())
      if (Status written = writeFileAtomically(output, text + "\n"); !written)
        return fail(written.error());
    if (certificate->holds() && output.empty())
      std::printf("'%s' is free of multiplications at level %s; -o FILE writes the certificate\n",
                  printable(input).c_str(), stringifyMulFree(job.level).str().c_str());
    if (certificate->c && !certificate->rv32i)
      std::fprintf(stderr, "tally: note: C for RV32I is not looked at: %s\n",
                   printable(certificate->withoutRv32i).c_str());
    if (certificate->holds())
      return kOk;
    printFindings(*certificate);
    return fail({"'" + input + "' is not free of multiplications at level " +
                     stringifyMulFree(job.level).str(),
                 ErrorKind::Check});
  }

  std::string input, output, style;
  CertifyJob job;
};

} // namespace

std::unique_ptr<Verb> makeVerifyMulFreeVerb() { return std::make_unique<VerifyMulFreeVerb>(); }

} // namespace tally
