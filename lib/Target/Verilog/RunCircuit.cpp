// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a circuit, as Verilator makes a class of it, on all images that come: codes of an image on
// stdin, those of its results and the cycles it took on stdout, 64 bits each. A number comes first
// when all memories are read.

#include "Vnet.h"
#include "verilated.h"

#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

class Circuit {
public:
  Circuit(VerilatedContext &context) : net(&context) {
    net.clk = 0;
    net.rst = 1;
    net.in_valid = 0;
    net.in_data = 0;
    net.out_ready = 1;
    for (int i = 0; i < 4; ++i) {
      net.eval();
      tick();
    }
    net.rst = 0;
  }

  /// Whether all results came in time.
  bool run(const std::vector<int64_t> &inputs, std::vector<int64_t> &results) {
    size_t sent = 0, received = 0;
    int64_t cycles = 0;
    while (received < RESULTS) {
      net.in_valid = sent < INPUTS;
      if (sent < INPUTS)
        net.in_data = uint64_t(inputs[sent]) & (~uint64_t(0) >> (64 - INPUT_BITS));
      net.eval();
      bool takes = net.in_valid && net.in_ready;
      if (net.out_valid)
        results[received++] = numberOf(net.out_data);
      tick();
      // From the first code on.
      sent += takes;
      cycles += sent > 0;
      if (++waited > MOST_CYCLES)
        return false;
    }
    waited = 0;
    results[RESULTS] = cycles;
    return true;
  }

private:
  static int64_t numberOf(uint64_t bits) {
    uint64_t high = bits << (64 - RESULT_BITS);
    return RESULT_SIGNED ? int64_t(high) >> (64 - RESULT_BITS)
                         : int64_t(high >> (64 - RESULT_BITS));
  }

  void tick() {
    net.clk = 1;
    net.eval();
    net.clk = 0;
  }

  Vnet net;
  int64_t waited = 0;
};

} // namespace

int main() {
  VerilatedContext context;
  Circuit circuit(context);
  std::vector<int64_t> inputs(INPUTS), results(RESULTS + 1);
  auto write = [](const int64_t *numbers, size_t count) {
    return std::fwrite(numbers, sizeof(int64_t), count, stdout) == count &&
           std::fflush(stdout) == 0;
  };
  int64_t ready = 1;
  if (!write(&ready, 1))
    return 1;
  while (std::fread(inputs.data(), sizeof(int64_t), INPUTS, stdin) == INPUTS) {
    if (!circuit.run(inputs, results)) {
      std::fprintf(stderr, "the circuit gives no results within %lld cycles\n",
                   (long long)MOST_CYCLES);
      return 1;
    }
    if (!write(results.data(), results.size()))
      return 1;
  }
  return 0;
}
