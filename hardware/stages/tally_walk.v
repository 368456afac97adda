// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk of a window over a map: seven loops, one step a cycle, by counters and additions alone.
//
//   for oy, for ox, for group, for turn, for ky, for kx, for word of the group
//
// One group: all words belong to one sum; as many as words: every word has its own. A turn goes over the same window once
// more, for further filters. `address` is that of the word at (oy * STRIDE_H - TOP + ky * DILATION_H, ox * STRIDE_W - LEFT
// + kx * DILATION_W, word), or 0 where that is outside of the map; `here` says which. `edge_word`: the group's last word.
module tally_walk #(parameter ADDRESS = 8, POSITION = 6, COUNT = 6, GROUPS = 1, TURNS = 1,
    H = 4, W = 4, C = 1, OH = 4, OW = 4, KERNEL_H = 1, KERNEL_W = 1, STRIDE_H = 1, STRIDE_W = 1,
    DILATION_H = 1, DILATION_W = 1, TOP = 0, LEFT = 0) (
    input clk, input start, input step, output here, output [ADDRESS-1:0] address,
    output edge_word, output last_tap, output last_turn, output last_group, output last);
  // The loops from the innermost out: rounds, and what a round adds to the address.
  localparam N0 = C / GROUPS, N1 = KERNEL_W, N2 = KERNEL_H, N3 = TURNS, N4 = GROUPS;
  localparam A0 = 1, A1 = DILATION_W * C, A2 = DILATION_H * W * C, A4 = N0, A5 = STRIDE_W * C, A6 = STRIDE_H * W * C;
  // The same less what the loops inside have added: they begin again.
  localparam BX = (N1 - 1) * DILATION_W, BY = (N2 - 1) * DILATION_H;
  localparam BA1 = (N0 - 1) * A0, BA2 = BA1 + (N1 - 1) * A1, BA3 = BA2 + (N2 - 1) * A2, BA5 = BA3 + (N4 - 1) * A4;
  localparam BA6 = BA5 + (OW - 1) * A5;
  localparam integer DX1 = DILATION_W, DX2 = -BX, DX5 = STRIDE_W - BX, DX6 = -BX - (OW - 1) * STRIDE_W;
  localparam integer DY2 = DILATION_H, DY3 = -BY, DY6 = STRIDE_H - BY;
  localparam integer DA1 = A1 - BA1, DA2 = A2 - BA2, DA3 = -BA3, DA4 = A4 - BA3, DA5 = A5 - BA5, DA6 = A6 - BA6;
  localparam integer FIRST_X = -LEFT, FIRST_Y = -TOP, FIRST_A = -TOP * W * C - LEFT * C;
  localparam integer L0 = N0 - 1, L1 = N1 - 1, L2 = N2 - 1, L3 = N3 - 1, L4 = N4 - 1, L5 = OW - 1, L6 = OH - 1;
  localparam integer HEIGHT = H, WIDTH = W, STEP_A = A0;

  reg [COUNT-1:0] n0, n1, n2, n3, n4, n5, n6;
  reg [ADDRESS-1:0] place;          // modulo 2^ADDRESS: right wherever it is inside
  reg signed [POSITION-1:0] y, x;
  wire e0 = n0 == L0[COUNT-1:0];
  wire e1 = e0 && n1 == L1[COUNT-1:0];
  wire e2 = e1 && n2 == L2[COUNT-1:0];
  wire e3 = e2 && n3 == L3[COUNT-1:0];
  wire e4 = e3 && n4 == L4[COUNT-1:0];
  wire e5 = e4 && n5 == L5[COUNT-1:0];
  assign last = e5 && n6 == L6[COUNT-1:0];
  assign edge_word = e0;
  assign last_tap = e2;
  assign last_turn = e3;
  assign last_group = e4;
  assign here = !y[POSITION-1] && y < $signed(HEIGHT[POSITION-1:0]) &&
                  !x[POSITION-1] && x < $signed(WIDTH[POSITION-1:0]);
  assign address = place & {ADDRESS{here}};
  always @(posedge clk)
    if (start) begin
      {n0, n1, n2, n3, n4, n5, n6} <= {7*COUNT{1'b0}};
      place <= FIRST_A[ADDRESS-1:0];
      y <= FIRST_Y[POSITION-1:0];
      x <= FIRST_X[POSITION-1:0];
    end else if (step) begin
      n0 <= e0 ? {COUNT{1'b0}} : n0 + 1'b1;
      if (e0) n1 <= e1 ? {COUNT{1'b0}} : n1 + 1'b1;
      if (e1) n2 <= e2 ? {COUNT{1'b0}} : n2 + 1'b1;
      if (e2) n3 <= e3 ? {COUNT{1'b0}} : n3 + 1'b1;
      if (e3) n4 <= e4 ? {COUNT{1'b0}} : n4 + 1'b1;
      if (e4) n5 <= e5 ? {COUNT{1'b0}} : n5 + 1'b1;
      if (e5) n6 <= n6 + 1'b1;
      place <= place + (e5 ? DA6[ADDRESS-1:0] : e4 ? DA5[ADDRESS-1:0] : e3 ? DA4[ADDRESS-1:0] : e2 ? DA3[ADDRESS-1:0]
                      : e1 ? DA2[ADDRESS-1:0] : e0 ? DA1[ADDRESS-1:0] : STEP_A[ADDRESS-1:0]);
      y <= y + (e5 ? DY6[POSITION-1:0] : e2 ? DY3[POSITION-1:0] : e1 ? DY2[POSITION-1:0] : {POSITION{1'b0}});
      x <= x + (e5 ? DX6[POSITION-1:0] : e4 ? DX5[POSITION-1:0] : e1 ? DX2[POSITION-1:0]
              : e0 ? DX1[POSITION-1:0] : {POSITION{1'b0}});
    end
endmodule
