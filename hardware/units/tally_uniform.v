// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Terms x * w of equal steps, in four forms: the tools' multiplier, rows of gates, Booth's digits,
// sign and magnitude. ../README.md says what ports and parameters mean.

// What the tools make of a product. The only one here that has one.
module tally_product #(parameter A = 8, W = 4, X_SIGNED = 0, W_SIGNED = 1, P = A + W) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  generate
    if (X_SIGNED == 0 && W_SIGNED == 0) begin : natural
      assign t = x * w;
    end else begin : signed_factors
      localparam XB = A + 1 - X_SIGNED, WB = W + 1 - W_SIGNED;
      wire signed [XB-1:0] xs;
      wire signed [WB-1:0] ws;
      tally_extend #(.FROM(A), .TO(XB)) extend_x(.a(x), .s(xs));
      tally_extend #(.FROM(W), .TO(WB)) extend_w(.a(w), .s(ws));
      assign t = xs * ws;
    end
  endgenerate
  assign c = 1'b0;
endmodule

// A row of gates for each bit of w, and an adder below each row but the first. The row of the sign
// counts negatively: -x = ~x + 1.
module tally_rows #(parameter A = 8, W = 4, X_SIGNED = 0, W_SIGNED = 1, P = A + W) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  localparam R = A + 2; // bits of a sum: x or ~x, of A + 1, and what is above the sum before
  wire [A:0] xs;
  tally_extend #(.FROM(A), .TO(A + 1), .SIGNED(X_SIGNED)) extend(.a(x), .s(xs));
  wire [W*R-1:0] sums /*verilator split_var*/; // sum j stands j places up; its lowest bit is final
  assign sums[R-1:0] = {xs[A], xs} & {R{w[0]}};
  genvar j;
  generate
    for (j = 1; j < W; j = j + 1) begin : row
      localparam NEGATIVE = W_SIGNED == 1 && j == W - 1;
      wire [R-1:0] above = {sums[j*R-1], sums[j*R-1:(j-1)*R+1]};
      wire [A:0] term = (NEGATIVE ? ~xs : xs) & {(A+1){w[j]}};
      tally_add #(.N(R)) add(.a(above), .b({term[A], term}), .c(NEGATIVE ? w[j] : 1'b0), .s(sums[j*R +: R]));
      assign t[j-1] = sums[(j-1)*R];
    end
  endgenerate
  assign t[P-1:W-1] = sums[(W-1)*R +: A+1];
  assign c = 1'b0;
endmodule

// Two bits of w at a time, as a digit of -2, -1, 0, 1 or 2 (Booth, radix 4).
module tally_booth #(parameter A = 8, W = 4, X_SIGNED = 0, W_SIGNED = 1,
                     P = A + W + (1 - X_SIGNED) * (1 - W_SIGNED)) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  localparam D = W_SIGNED == 1 ? (W + 1) / 2 : W / 2 + 1; // digits
  localparam B = A + 2 - X_SIGNED;                        // bits of a row: -2x - 1 to 2x
  localparam R = B + 1;                                   // bits of a sum
  wire [B-1:0] once;
  wire [B-1:0] twice = {once[B-2:0], 1'b0};
  tally_extend #(.FROM(A), .TO(B), .SIGNED(X_SIGNED)) extend_x(.a(x), .s(once));
  // Below w a zero, above it its sign, or a zero.
  wire [2*D:0] digits;
  tally_extend #(.FROM(W + 1), .TO(2 * D + 1), .SIGNED(W_SIGNED)) extend_w(.a({w, 1'b0}), .s(digits));
  wire [D*R-1:0] sums /*verilator split_var*/; // sum i stands 2i places up; its lowest two bits are final
  genvar i;
  generate
    for (i = 0; i < D; i = i + 1) begin : row
      wire one = digits[2*i+1] ^ digits[2*i];
      wire two = digits[2*i+2] ^ digits[2*i+1];
      wire negative = digits[2*i+2];
      wire [B-1:0] term = (one ? once : two ? twice : {B{1'b0}}) ^ {B{negative}};
      if (i == 0) begin : first
        assign sums[R-1:0] = {term[B-1], term};
        assign c = negative;
      end else begin : next
        wire [R-1:0] above = {{2{sums[i*R-1]}}, sums[i*R-1:(i-1)*R+2]};
        tally_add #(.N(R)) add(.a(above), .b({term[B-1], term}), .c(negative), .s(sums[i*R +: R]));
        assign t[2*i-1:2*i-2] = sums[(i-1)*R +: 2];
      end
    end
  endgenerate
  assign t[P-1:2*D-2] = sums[(D-1)*R +: P-2*D+2];
endmodule

// A code of sign and magnitude, both zeros zero.
module tally_sign_magnitude #(parameter A = 8, W = 4, X_SIGNED = 0, W_SIGNED = 1, P = A + W - X_SIGNED) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  wire [A+W-2:0] magnitude;
  wire [P-1:0] wide;
  wire unused;
  tally_product #(.A(A), .W(W-1), .X_SIGNED(X_SIGNED), .W_SIGNED(0)) product(.x(x), .w(w[W-2:0]), .t(magnitude), .c(unused));
  tally_extend #(.FROM(A + W - 1), .TO(P)) extend(.a(magnitude), .s(wide));
  assign c = w[W-1];
  assign t = wide ^ {P{c}};
  generate
    if (W_SIGNED == 0) tally_sign_magnitude_requires_W_SIGNED error();
  endgenerate
endmodule
