// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each KIND once with natural and once with signed activations, in three lanes.
module every_unit(input [23:0] x, input [23:0] w, input [23:0] acc, output [24*24-1:0] sums);
  genvar kind, x_signed;
  generate
    for (kind = 0; kind < 12; kind = kind + 1) begin : unit
      for (x_signed = 0; x_signed < 2; x_signed = x_signed + 1) begin : activation
        localparam W = kind >= 10 ? 8 : 4;
        tally_lanes #(.KIND(kind), .A(8), .W(W), .N(24), .L(3), .X_SIGNED(x_signed), .W_SIGNED(kind >= 10 ? x_signed : 1))
          lanes(.x(x), .w(w[3*W-1:0]), .acc(acc), .sum(sums[(2*kind+x_signed)*24 +: 24]));
      end
    end
  endgenerate
endmodule
