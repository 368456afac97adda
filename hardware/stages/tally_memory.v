// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memories of a network. ../README.md says what ports and parameters mean.

// The codes of a value: one port that writes, one that reads, a cycle later.
module tally_map #(parameter DEPTH = 16, WIDTH = 8, ADDRESS = 4) (
    input clk, input we, input [ADDRESS-1:0] waddr, input [WIDTH-1:0] wdata,
    input [ADDRESS-1:0] raddr, output reg [WIDTH-1:0] rdata);
  reg [WIDTH-1:0] codes[0:DEPTH-1];
  always @(posedge clk) begin
    if (we) codes[waddr] <= wdata;
    rdata <= codes[raddr];
  end
endmodule

// Words that never change: weights, constants of requantizations.
module tally_rom #(parameter DEPTH = 16, WIDTH = 8, ADDRESS = 4, FILE = "") (
    input clk, input [ADDRESS-1:0] raddr, output reg [WIDTH-1:0] rdata);
  reg [WIDTH-1:0] words[0:DEPTH-1];
  initial $readmemh(FILE, words);
  always @(posedge clk) rdata <= words[raddr];
endmodule
