// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A convolution or adder layer with its requantization: F lanes take one input code a cycle, then
// their sums leave one after another. ../README.md says what ports and parameters mean.
module tally_conv #(parameter KIND = 10, A = 4, B = 4, N = 12, W = 4, X_SIGNED = 0, W_SIGNED = 0, N_SIGNED = 0,
    PAD = 0, FILTERS = 1, HEIGHT = 4, WIDTH = 4, CHANNELS = 1, OH = 4, OW = 4, KERNEL_H = 1, KERNEL_W = 1,
    STRIDE_H = 1, STRIDE_W = 1, DILATION_H = 1, DILATION_W = 1, TOP = 0, LEFT = 0,
    T = 24, DIGITS = 3, PLACE = 4, SHIFT = 4, LOW = 0, HIGH = 15,
    XADDRESS = 4, KADDRESS = 1, FADDRESS = 1, OADDRESS = 4, POSITION = 6, COUNT = 6, DCOUNT = 2) (
    input clk, input rst, input start, output done,
    output [XADDRESS-1:0] xaddr, input [A-1:0] x,
    output [KADDRESS-1:0] kaddr, input [FILTERS*W-1:0] w,
    output [FADDRESS-1:0] faddr, input [T+DIGITS*(PLACE+1)+SHIFT-1:0] row,
    output valid, output [OADDRESS-1:0] oaddr, output [B-1:0] result);
  localparam integer ZERO = PAD;
  // Cycles: taps that go to the memories; one for the last to come back; sums that leave.
  reg taps, flush, ended, came, came_here;
  reg [KADDRESS-1:0] k;
  reg [OADDRESS-1:0] o;
  wire here, last_tap, last, next, last_sum;
  wire [XADDRESS-1:0] address;
  tally_walk #(.ADDRESS(XADDRESS), .POSITION(POSITION), .COUNT(COUNT), .PER_CHANNEL(0), .H(HEIGHT), .W(WIDTH),
      .C(CHANNELS), .OH(OH), .OW(OW), .KERNEL_H(KERNEL_H), .KERNEL_W(KERNEL_W), .STRIDE_H(STRIDE_H),
      .STRIDE_W(STRIDE_W), .DILATION_H(DILATION_H), .DILATION_W(DILATION_W), .TOP(TOP), .LEFT(LEFT))
    walk(.clk(clk), .start(start), .step(taps), .here(here), .address(address), .last_tap(last_tap), .last(last));
  assign xaddr = address & {XADDRESS{taps}}; // 0 at rest: maps join the addresses of their readers by OR
  assign kaddr = k;
  assign oaddr = o;
  wire [A-1:0] operand = came_here ? x : ZERO[A-1:0];

  // Sums leave by lane 0, the others move down, and zeros come in above.
  reg [FILTERS*N-1:0] sums;
  wire [FILTERS*N-1:0] more;
  wire [(FILTERS+1)*N-1:0] below = {{N{1'b0}}, sums};
  genvar i;
  generate
    for (i = 0; i < FILTERS; i = i + 1) begin : filter
      tally_lanes #(.KIND(KIND), .A(A), .W(W), .N(N), .L(1), .X_SIGNED(X_SIGNED), .W_SIGNED(W_SIGNED))
        lane(.x(operand), .w(w[i*W +: W]), .acc(sums[i*N +: N]), .sum(more[i*N +: N]));
    end
  endgenerate

  tally_scale #(.N(N), .SIGNED(N_SIGNED), .T(T), .DIGITS(DIGITS), .PLACE(PLACE), .SHIFT(SHIFT), .B(B), .LOW(LOW),
      .HIGH(HIGH), .FILTERS(FILTERS), .FADDRESS(FADDRESS), .DCOUNT(DCOUNT))
    scale(.clk(clk), .rst(rst), .start(flush), .sum(sums[N-1:0]), .row(row), .filter(faddr), .next(next),
        .last(last_sum), .valid(valid), .result(result));

  reg finishing; // the last result of the layer is on its way
  assign done = finishing;
  always @(posedge clk)
    if (rst) begin
      {taps, flush, ended, came, came_here, finishing} <= 6'd0;
      k <= {KADDRESS{1'b0}};
      o <= {OADDRESS{1'b0}};
      sums <= {FILTERS*N{1'b0}};
    end else begin
      taps <= start || (taps && !last_tap) || (last_sum && !ended);
      flush <= taps && last_tap;
      if (start) ended <= 1'b0;
      else if (taps && last) ended <= 1'b1;
      finishing <= last_sum && ended;
      came <= taps;
      came_here <= here;
      if (taps) k <= last_tap ? {KADDRESS{1'b0}} : k + 1'b1;
      if (finishing) o <= {OADDRESS{1'b0}};
      else if (valid) o <= o + 1'b1;
      if (came) sums <= more;
      else if (next) sums <= below[N +: FILTERS*N];
    end
endmodule
