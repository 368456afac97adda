// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Terms |x - w| of adder layers. ../README.md says what ports and parameters mean. Both operands have
// one sign and A = W bits.

// One subtraction; where it borrows, the difference is inverted, and the one that then lacks is c.
module tally_sad #(parameter A = 8, W = A, X_SIGNED = 0, W_SIGNED = X_SIGNED, P = A) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  // A sign turned over makes signed numbers natural ones in the same order.
  wire [A-1:0] flip = {X_SIGNED == 1 ? 1'b1 : 1'b0, {(A-1){1'b0}}};
  wire [A:0] difference = {1'b0, x ^ flip} - {1'b0, w ^ flip};
  assign c = difference[A];
  assign t = difference[A-1:0] ^ {A{c}};
  generate
    if (A != W || X_SIGNED != W_SIGNED) tally_sad_requires_operands_of_one_type error();
  endgenerate
endmodule
