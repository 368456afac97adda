// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A convolution or adder layer with its requantization: for the window of a pixel, in TURNS turns, the lanes of BLOCK filters
// take LANES input codes a cycle. While they go on, the sums of the turn before leave one after another. ../README.md says
// what ports and parameters mean.
module tally_conv #(parameter KIND = 10, A = 4, B = 4, N = 12, W = 4, X_SIGNED = 0, W_SIGNED = 0, N_SIGNED = 0,
    PAD = 0, FILTERS = 1, GROUPS = 1, BLOCK = 1, TURNS = 1, LANES = 1, HEIGHT = 4, WIDTH = 4, CHANNELS = 1, OH = 4, OW = 4,
    KERNEL_H = 1, KERNEL_W = 1, STRIDE_H = 1, STRIDE_W = 1, DILATION_H = 1, DILATION_W = 1, TOP = 0, LEFT = 0,
    T = 24, DIGITS = 3, ROUNDS = 3, PLACE = 4, SHIFT = 4, LOW = 0, HIGH = 15,
    XADDRESS = 4, KADDRESS = 1, FADDRESS = 1, OADDRESS = 4, POSITION = 6, COUNT = 6, BCOUNT = 2) (
    input clk, input rst, input start, output done,
    output [XADDRESS-1:0] xaddr, input [LANES*A-1:0] x,
    output [KADDRESS-1:0] kaddr, input [BLOCK*LANES*W-1:0] w,
    output [FADDRESS-1:0] faddr, input [T+DIGITS*(PLACE+1)+SHIFT-1:0] row,
    output valid, output [OADDRESS-1:0] beside, output [OADDRESS-1:0] oaddr, output [B-1:0] result);
  localparam integer ZERO = PAD;
  localparam DEPTH = CHANNELS / GROUPS, WORDS = (DEPTH + LANES - 1) / LANES, FEW = FILTERS - (TURNS - 1) * BLOCK;
  reg taps, ended, came, came_here, came_edge, came_last, came_few;
  reg [KADDRESS-1:0] k;
  reg [OADDRESS-1:0] o;
  wire here, edge_word, last_tap, last_turn, last_group, last, next, last_sum, free;
  wire [XADDRESS-1:0] address;
  // The window's last tap waits until its sums can take the place of those before.
  wire step = taps && (free || !last_tap);
  tally_walk #(.ADDRESS(XADDRESS), .POSITION(POSITION), .COUNT(COUNT), .GROUPS(GROUPS), .TURNS(TURNS), .H(HEIGHT), .W(WIDTH),
      .C(GROUPS * WORDS), .OH(OH), .OW(OW), .KERNEL_H(KERNEL_H), .KERNEL_W(KERNEL_W), .STRIDE_H(STRIDE_H),
      .STRIDE_W(STRIDE_W), .DILATION_H(DILATION_H), .DILATION_W(DILATION_W), .TOP(TOP), .LEFT(LEFT))
    walk(.clk(clk), .start(start), .step(step), .here(here), .address(address), .edge_word(edge_word), .last_tap(last_tap),
      .last_turn(last_turn), .last_group(last_group), .last(last));
  assign xaddr = address & {XADDRESS{taps}}; // 0 at rest: maps join the addresses of their readers by OR
  assign kaddr = k;

  // What a row's last word has too many is 0, and so are the weights there: terms of 0, whatever the kind.
  wire [LANES*A-1:0] operands;
  reg [BLOCK*N-1:0] sums, leaving;
  wire [BLOCK*N-1:0] more;
  wire [(BLOCK+1)*N-1:0] below = {{N{1'b0}}, leaving};
  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : operand
      if ((WORDS - 1) * LANES + i < DEPTH)
        assign operands[i*A +: A] = came_here ? x[i*A +: A] : ZERO[A-1:0];
      else
        assign operands[i*A +: A] = came_edge ? {A{1'b0}} : came_here ? x[i*A +: A] : ZERO[A-1:0];
    end
    for (i = 0; i < BLOCK; i = i + 1) begin : filter
      tally_lanes #(.KIND(KIND), .A(A), .W(W), .N(N), .L(LANES), .X_SIGNED(X_SIGNED), .W_SIGNED(W_SIGNED))
        lane(.x(operands), .w(w[i*LANES*W +: LANES*W]), .acc(sums[i*N +: N]), .sum(more[i*N +: N]));
    end
  endgenerate

  tally_scale #(.N(N), .SIGNED(N_SIGNED), .T(T), .DIGITS(DIGITS), .ROUNDS(ROUNDS), .PLACE(PLACE), .SHIFT(SHIFT), .B(B),
      .LOW(LOW), .HIGH(HIGH), .FILTERS(GROUPS * FILTERS), .BLOCK(BLOCK), .FEW(FEW), .FADDRESS(FADDRESS), .COUNT(BCOUNT))
    scale(.clk(clk), .rst(rst), .start(came_last), .few(came_few), .sum(leaving[N-1:0]), .row(row), .filter(faddr),
        .next(next), .last(last_sum), .free(free), .valid(valid), .result(result));

  reg finishing; // the last result of the layer is on its way
  assign done = finishing;
  assign oaddr = o;
  // Where another map is to be read for the next cycle's result.
  assign beside = finishing ? {OADDRESS{1'b0}} : valid ? o + 1'b1 : o;
  always @(posedge clk)
    if (rst) begin
      {taps, ended, came, came_here, came_edge, came_last, came_few, finishing} <= 8'd0;
      k <= {KADDRESS{1'b0}};
      o <= {OADDRESS{1'b0}};
      sums <= 0; // not a replication: Verilator takes none of more than 8,192 bits
    end else begin
      taps <= start || (taps && !(step && last));
      if (start) ended <= 1'b0;
      else if (step && last) ended <= 1'b1;
      finishing <= last_sum && ended && !came_last;
      came <= step;
      came_here <= here;
      came_edge <= edge_word;
      came_last <= step && last_tap;
      came_few <= last_turn;
      if (step) k <= last_group ? {KADDRESS{1'b0}} : k + 1'b1;
      o <= beside;
      if (came_last) sums <= 0;
      else if (came) sums <= more;
      if (came_last) leaving <= more;
      else if (next) leaving <= below[N +: BLOCK*N];
    end
endmodule
