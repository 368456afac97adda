// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lanes between registers, for the clock that they reach.
module clocked #(parameter KIND = 0, A = 8, W = 4, N = 24, L = 1, X_SIGNED = 0, W_SIGNED = 1) (
    input clk, input [L*A-1:0] x, input [L*W-1:0] w, output reg [N-1:0] acc);
  reg [L*A-1:0] held_x;
  reg [L*W-1:0] held_w;
  wire [N-1:0] sum;
  tally_lanes #(.KIND(KIND), .A(A), .W(W), .N(N), .L(L), .X_SIGNED(X_SIGNED), .W_SIGNED(W_SIGNED))
    lanes(.x(held_x), .w(held_w), .acc(acc), .sum(sum));
  always @(posedge clk) begin
    held_x <= x;
    held_w <= w;
    acc <= sum;
  end
endmodule
