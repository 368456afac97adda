// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Terms x * w of weights that are sums of powers of two: a shift for each field of the code, their
// sum, and a sign. ../README.md says what ports and parameters mean; the fields are those of
// include/tally/IR/PowerOfTwo.h, which is normative.

// A field: nothing, or x moved up by S1, S2 or S3 places.
module tally_apot_field #(parameter Q = 12, S1 = 0, S2 = 1, S3 = 2) (
    input [Q-1:0] x, input [1:0] field, output [Q-1:0] t);
  assign t = ((x << S1) & {Q{field == 2'd1}}) | ((x << S2) & {Q{field == 2'd2}}) | ((x << S3) & {Q{field == 2'd3}});
endmodule

module tally_apot #(parameter A = 8, W = 4, X_SIGNED = 0, W_SIGNED = 1,
                    M = W - W_SIGNED, // bits of the magnitude
                    K = M == 1 ? 0 : M == 2 ? 2 : M == 3 ? 4 : M == 4 ? 6 : 7, // no level is above 2^K
                    P = A + K + (1 - X_SIGNED) * W_SIGNED) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  localparam Q = A + K;
  wire [M-1:0] m = w[M-1:0];
  wire [Q-1:0] operand, magnitude;
  wire [P-1:0] wide;
  tally_extend #(.FROM(A), .TO(Q), .SIGNED(X_SIGNED)) extend_x(.a(x), .s(operand));
  generate
    if (M == 1) begin : fields
      assign magnitude = operand & {Q{m[0]}};
    end else if (M == 2) begin : fields
      tally_apot_field #(.Q(Q), .S1(0), .S2(1), .S3(2)) only(.x(operand), .field(m), .t(magnitude));
    end else if (M == 3) begin : fields
      wire [Q-1:0] first, second;
      tally_apot_field #(.Q(Q), .S1(0), .S2(2), .S3(3)) high(.x(operand), .field(m[2:1]), .t(first));
      assign second = {operand[Q-2:0], 1'b0} & {Q{m[0]}};
      assign magnitude = first + second;
    end else if (M == 4) begin : fields
      wire [Q-1:0] first, second;
      tally_apot_field #(.Q(Q), .S1(1), .S2(3), .S3(5)) high(.x(operand), .field(m[3:2]), .t(first));
      tally_apot_field #(.Q(Q), .S1(0), .S2(2), .S3(4)) low(.x(operand), .field(m[1:0]), .t(second));
      assign magnitude = first + second;
    end else if (M == 5) begin : fields
      wire [Q-1:0] first, second, third;
      tally_apot_field #(.Q(Q), .S1(1), .S2(4), .S3(6)) high(.x(operand), .field(m[4:3]), .t(first));
      tally_apot_field #(.Q(Q), .S1(0), .S2(3), .S3(5)) middle(.x(operand), .field(m[2:1]), .t(second));
      assign third = {operand[Q-3:0], 2'b00} & {Q{m[0]}};
      assign magnitude = first + second + third;
    end else begin : fields
      tally_apot_has_no_such_W error();
    end
  endgenerate
  assign c = W_SIGNED == 1 ? w[W-1] : 1'b0;
  tally_extend #(.FROM(Q), .TO(P)) extend_magnitude(.a(magnitude), .s(wide));
  assign t = wide ^ {P{c}};
endmodule
