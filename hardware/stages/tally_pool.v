// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling, group by group of channels, and the copy of a map. ../README.md says what ports and parameters mean.

// MAX = 1: the largest code of the window; else the sum of its codes, where PAD stands outside of the map.
// SIGNED says whether codes have a sign.
module tally_pool #(parameter MAX = 1, A = 8, B = 8, SIGNED = 0, PAD = 0, HEIGHT = 4, WIDTH = 4, CHANNELS = 1,
    GROUPS = 1, OH = 4, OW = 4, KERNEL_H = 1, KERNEL_W = 1, STRIDE_H = 1, STRIDE_W = 1, DILATION_H = 1, DILATION_W = 1,
    TOP = 0, LEFT = 0, XADDRESS = 4, OADDRESS = 4, POSITION = 6, COUNT = 6) (
    input clk, input rst, input start, output done,
    output [XADDRESS-1:0] xaddr, input [A-1:0] x,
    output reg valid, output [OADDRESS-1:0] oaddr, output [B-1:0] result);
  localparam integer ZERO = PAD;
  reg taps, came, came_here, came_last, ended, first, finishing;
  reg [OADDRESS-1:0] o;
  reg [B-1:0] best;
  wire here, edge_word, last_tap, last_turn, last_group, last;
  wire [XADDRESS-1:0] address;
  tally_walk #(.ADDRESS(XADDRESS), .POSITION(POSITION), .COUNT(COUNT), .GROUPS(GROUPS), .H(HEIGHT), .W(WIDTH),
      .C(CHANNELS), .OH(OH), .OW(OW), .KERNEL_H(KERNEL_H), .KERNEL_W(KERNEL_W), .STRIDE_H(STRIDE_H),
      .STRIDE_W(STRIDE_W), .DILATION_H(DILATION_H), .DILATION_W(DILATION_W), .TOP(TOP), .LEFT(LEFT))
    walk(.clk(clk), .start(start), .step(taps), .here(here), .address(address), .edge_word(edge_word), .last_tap(last_tap),
      .last_turn(last_turn), .last_group(last_group), .last(last));
  assign xaddr = address & {XADDRESS{taps}};
  assign oaddr = o;
  assign result = best;
  wire [B-1:0] code;
  tally_extend #(.FROM(A), .TO(B), .SIGNED(SIGNED)) extend(.a(came_here ? x : ZERO[A-1:0]), .s(code));
  wire [B-1:0] flip = {SIGNED == 1 ? 1'b1 : 1'b0, {(B-1){1'b0}}};
  // A tap outside loses against every code; a window has one inside, by its verifier.
  wire larger = came_here && (first || (code ^ flip) > (best ^ flip));
  wire [B-1:0] sum = (first ? {B{1'b0}} : best) + code;
  assign done = finishing;
  always @(posedge clk)
    if (rst) begin
      {taps, came, came_here, came_last, ended, valid, finishing} <= 7'd0;
      first <= 1'b1;
      o <= {OADDRESS{1'b0}};
      best <= {B{1'b0}};
    end else begin
      taps <= start || (taps && !last);
      came <= taps;
      came_here <= here;
      came_last <= taps && last_tap;
      ended <= taps && last;
      valid <= came_last;
      finishing <= ended;
      if (came) first <= came_last || (MAX == 1 && first && !came_here);
      if (came && (MAX == 0 || larger)) best <= MAX == 1 ? code : sum;
      if (finishing) o <= {OADDRESS{1'b0}};
      else if (valid) o <= o + 1'b1;
    end
endmodule

// Reads DEPTH codes and hands on their addresses: for what is computed from maps code by code.
module tally_copy #(parameter DEPTH = 16, ADDRESS = 4) (
    input clk, input rst, input start, output done,
    output [ADDRESS-1:0] xaddr, output reg valid, output reg [ADDRESS-1:0] oaddr);
  localparam integer LAST = DEPTH - 1;
  reg running, finishing;
  reg [ADDRESS-1:0] place;
  wire last = place == LAST[ADDRESS-1:0];
  assign xaddr = place;
  assign done = finishing;
  always @(posedge clk)
    if (rst) begin
      {running, valid, finishing} <= 3'd0;
      place <= {ADDRESS{1'b0}};
      oaddr <= {ADDRESS{1'b0}};
    end else begin
      running <= start || (running && !last);
      place <= running && !last ? place + 1'b1 : {ADDRESS{1'b0}};
      valid <= running;
      oaddr <= place;
      finishing <= running && last;
    end
endmodule
