// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memories of a network. ../README.md says what ports and parameters mean.

// Words: one port that writes, one that reads, a cycle later.
module tally_bank #(parameter DEPTH = 16, WIDTH = 8, ADDRESS = 4) (
    input clk, input we, input [ADDRESS-1:0] waddr, input [WIDTH-1:0] wdata,
    input [ADDRESS-1:0] raddr, output reg [WIDTH-1:0] rdata);
  reg [WIDTH-1:0] words[0:DEPTH-1];
  always @(posedge clk) begin
    if (we) words[waddr] <= wdata;
    rdata <= words[raddr];
  end
endmodule

// The codes of a value, DEPTH for an image, of BUFFERS images. They are written one by one in order and read in words of LANES
// neighbours, as which every row of CHANNELS codes begins anew: what the last word of a row has too many is never written.
module tally_map #(parameter DEPTH = 16, WIDTH = 8, CHANNELS = 1, LANES = 1, BUFFERS = 1, ADDRESS = 4, RADDRESS = 4,
    POINTER = 1) (
    input clk, input rst, input we, input [ADDRESS-1:0] waddr, input [WIDTH-1:0] wdata, input [POINTER-1:0] wbuffer,
    input [RADDRESS-1:0] raddr, input [POINTER-1:0] rbuffer, output [LANES*WIDTH-1:0] rdata);
  localparam integer WORDS = LANES == 1 ? DEPTH : DEPTH / CHANNELS * ((CHANNELS + LANES - 1) / LANES);
  localparam FULL = BUFFERS == 1 ? RADDRESS : RADDRESS + POINTER;
  localparam BANK = BUFFERS == 1 ? WORDS : BUFFERS << RADDRESS;
  wire [RADDRESS-1:0] word;
  wire [LANES-1:0] lane;
  wire [FULL-1:0] to, from;
  generate
    if (BUFFERS == 1) begin : address
      assign to = word;
      assign from = raddr;
    end else begin : address
      assign to = {wbuffer, word};
      assign from = {rbuffer, raddr};
    end
    if (LANES == 1) begin : places
      assign word = waddr;
      assign lane = 1'b1;
    end else begin : places
      localparam integer LAST = CHANNELS - 1, LAST_WORD = WORDS - 1;
      reg [ADDRESS-1:0] channel;
      reg [RADDRESS-1:0] w;
      reg [LANES-1:0] at; // one bit is 1
      wire ends = channel == LAST[ADDRESS-1:0];
      assign word = w;
      assign lane = at;
      always @(posedge clk)
        if (rst) begin
          channel <= {ADDRESS{1'b0}};
          w <= {RADDRESS{1'b0}};
          at <= {{(LANES-1){1'b0}}, 1'b1};
        end else if (we) begin
          channel <= ends ? {ADDRESS{1'b0}} : channel + 1'b1;
          if (ends || at[LANES-1]) w <= w == LAST_WORD[RADDRESS-1:0] ? {RADDRESS{1'b0}} : w + 1'b1;
          at <= ends ? {{(LANES-1){1'b0}}, 1'b1} : {at[LANES-2:0], at[LANES-1]};
        end
    end
  endgenerate
  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : banks
      tally_bank #(.DEPTH(BANK), .WIDTH(WIDTH), .ADDRESS(FULL))
        bank(.clk(clk), .we(we && lane[i]), .waddr(to), .wdata(wdata), .raddr(from), .rdata(rdata[i*WIDTH +: WIDTH]));
    end
  endgenerate
endmodule

// Words that never change: weights, constants of requantizations.
module tally_rom #(parameter DEPTH = 16, WIDTH = 8, ADDRESS = 4, FILE = "") (
    input clk, input [ADDRESS-1:0] raddr, output reg [WIDTH-1:0] rdata);
  reg [WIDTH-1:0] words[0:DEPTH-1];
  initial if (FILE != "") $readmemh(FILE, words);
  always @(posedge clk) rdata <= words[raddr];
endmodule
