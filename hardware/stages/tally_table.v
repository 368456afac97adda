// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A function of a code, looked up within the cycle. ../README.md says what ports and parameters mean.
module tally_table #(parameter DEPTH = 16, WIDTH = 8, ADDRESS = 4, FILE = "") (
    input [ADDRESS-1:0] code, output [WIDTH-1:0] value);
  reg [WIDTH-1:0] words[0:DEPTH-1];
  initial if (FILE != "") $readmemh(FILE, words);
  assign value = words[code];
endmodule
