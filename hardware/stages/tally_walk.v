// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk of a window over a map: five loops, one step a cycle, by counters and additions alone.
//
//   for oy, for ox,  PER_CHANNEL = 0:  for ky, for kx, for c      all channels belong to one sum
//                    PER_CHANNEL = 1:  for c, for ky, for kx      every channel has its own
//
// `address` is that of the code at (oy * STRIDE_H - TOP + ky * DILATION_H, ox * STRIDE_W - LEFT +
// kx * DILATION_W, c), or 0 where that is outside of the map; `here` says which.
module tally_walk #(parameter ADDRESS = 8, POSITION = 6, COUNT = 6, PER_CHANNEL = 0,
    H = 4, W = 4, C = 1, OH = 4, OW = 4, KERNEL_H = 1, KERNEL_W = 1, STRIDE_H = 1, STRIDE_W = 1,
    DILATION_H = 1, DILATION_W = 1, TOP = 0, LEFT = 0) (
    input clk, input start, input step,
    output here, output [ADDRESS-1:0] address, output last_tap, output last);
  // The loops from the innermost out: rounds, and what a round adds to address, row and column.
  localparam N0 = PER_CHANNEL == 1 ? KERNEL_W : C, N1 = PER_CHANNEL == 1 ? KERNEL_H : KERNEL_W;
  localparam N2 = PER_CHANNEL == 1 ? C : KERNEL_H;
  localparam X0 = PER_CHANNEL == 1 ? DILATION_W : 0, X1 = PER_CHANNEL == 1 ? 0 : DILATION_W;
  localparam Y1 = PER_CHANNEL == 1 ? DILATION_H : 0, Y2 = PER_CHANNEL == 1 ? 0 : DILATION_H;
  localparam A0 = PER_CHANNEL == 1 ? DILATION_W * C : 1;
  localparam A1 = PER_CHANNEL == 1 ? DILATION_H * W * C : DILATION_W * C;
  localparam A2 = PER_CHANNEL == 1 ? 1 : DILATION_H * W * C;
  localparam A3 = STRIDE_W * C, A4 = STRIDE_H * W * C;
  // The same less what the loops inside have added: they begin again.
  localparam BX1 = (N0 - 1) * X0, BX2 = BX1 + (N1 - 1) * X1, BX4 = BX2 + (OW - 1) * STRIDE_W;
  localparam BY2 = (N1 - 1) * Y1, BY3 = BY2 + (N2 - 1) * Y2;
  localparam BA1 = (N0 - 1) * A0, BA2 = BA1 + (N1 - 1) * A1, BA3 = BA2 + (N2 - 1) * A2, BA4 = BA3 + (OW - 1) * A3;
  localparam integer DX1 = X1 - BX1, DX2 = -BX2, DX3 = STRIDE_W - BX2, DX4 = -BX4;
  localparam integer DY2 = Y2 - BY2, DY3 = -BY3, DY4 = STRIDE_H - BY3;
  localparam integer DA1 = A1 - BA1, DA2 = A2 - BA2, DA3 = A3 - BA3, DA4 = A4 - BA4;
  localparam integer FIRST_X = -LEFT, FIRST_Y = -TOP, FIRST_A = -TOP * W * C - LEFT * C;
  localparam integer L0 = N0 - 1, L1 = N1 - 1, L2 = N2 - 1, L3 = OW - 1, L4 = OH - 1;
  localparam integer HEIGHT = H, WIDTH = W, STEP_A = A0, STEP_X = X0, STEP_Y = Y1;

  reg [COUNT-1:0] n0, n1, n2, n3, n4;
  reg [ADDRESS-1:0] place;          // modulo 2^ADDRESS: right wherever it is inside
  reg signed [POSITION-1:0] y, x;
  wire e0 = n0 == L0[COUNT-1:0];
  wire e1 = e0 && n1 == L1[COUNT-1:0];
  wire e2 = e1 && n2 == L2[COUNT-1:0];
  wire e3 = e2 && n3 == L3[COUNT-1:0];
  assign last = e3 && n4 == L4[COUNT-1:0];
  assign last_tap = PER_CHANNEL == 1 ? e1 : e2;
  assign here = !y[POSITION-1] && y < $signed(HEIGHT[POSITION-1:0]) &&
                  !x[POSITION-1] && x < $signed(WIDTH[POSITION-1:0]);
  assign address = place & {ADDRESS{here}};
  always @(posedge clk)
    if (start) begin
      {n0, n1, n2, n3, n4} <= {5*COUNT{1'b0}};
      place <= FIRST_A[ADDRESS-1:0];
      y <= FIRST_Y[POSITION-1:0];
      x <= FIRST_X[POSITION-1:0];
    end else if (step) begin
      n0 <= e0 ? {COUNT{1'b0}} : n0 + 1'b1;
      if (e0) n1 <= e1 ? {COUNT{1'b0}} : n1 + 1'b1;
      if (e1) n2 <= e2 ? {COUNT{1'b0}} : n2 + 1'b1;
      if (e2) n3 <= e3 ? {COUNT{1'b0}} : n3 + 1'b1;
      if (e3) n4 <= n4 + 1'b1;
      place <= place + (e3 ? DA4[ADDRESS-1:0] : e2 ? DA3[ADDRESS-1:0] : e1 ? DA2[ADDRESS-1:0]
                      : e0 ? DA1[ADDRESS-1:0] : STEP_A[ADDRESS-1:0]);
      y <= y + (e3 ? DY4[POSITION-1:0] : e2 ? DY3[POSITION-1:0] : e1 ? DY2[POSITION-1:0]
              : e0 ? STEP_Y[POSITION-1:0] : {POSITION{1'b0}});
      x <= x + (e3 ? DX4[POSITION-1:0] : e2 ? DX3[POSITION-1:0] : e1 ? DX2[POSITION-1:0]
              : e0 ? DX1[POSITION-1:0] : STEP_X[POSITION-1:0]);
    end
endmodule
