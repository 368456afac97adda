// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// sum = acc + the terms of L lanes, modulo 2^N. ../README.md says what ports and parameters mean.
//
//   KIND  0 product  1 rows  2 Booth  3 sign and magnitude
//         4 power of two, Tally's code  5 no zero  6 minus zero  7 zero flag  8 one-hot
//         9 sum of powers of two  10 absolute difference  11 smaller one

// The same number in more bits; in fewer, its lowest.
module tally_extend #(parameter FROM = 8, TO = 16, SIGNED = 0) (input [FROM-1:0] a, output [TO-1:0] s);
  generate
    if (TO <= FROM) assign s = a[TO-1:0];
    else assign s = {{(TO-FROM){SIGNED == 1 ? a[FROM-1] : 1'b0}}, a};
  endgenerate
endmodule

// a + b + c. As a difference, since synthesis tools swap the operands of a sum: `a` should be the one
// that is there already, because look-up tables before a chain of carries compute `b` at no cost.
module tally_add #(parameter N = 24) (input [N-1:0] a, input [N-1:0] b, input c, output [N-1:0] s);
  wire unused;
  assign {s, unused} = {a, c} - {~b, 1'b1};
endmodule

// The unit of a KIND. Its term is t + c.
module tally_term #(parameter KIND = 0, A = 8, W = 4, X_SIGNED = 0, W_SIGNED = 1, P = 12) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  generate
    if (KIND == 0) begin : unit
      tally_product #(A, W, X_SIGNED, W_SIGNED) only(.x(x), .w(w), .t(t), .c(c));
    end else if (KIND == 1) begin : unit
      tally_rows #(A, W, X_SIGNED, W_SIGNED) only(.x(x), .w(w), .t(t), .c(c));
    end else if (KIND == 2) begin : unit
      tally_booth #(A, W, X_SIGNED, W_SIGNED) only(.x(x), .w(w), .t(t), .c(c));
    end else if (KIND == 3) begin : unit
      tally_sign_magnitude #(A, W, X_SIGNED, W_SIGNED) only(.x(x), .w(w), .t(t), .c(c));
    end else if (KIND >= 4 && KIND <= 8) begin : unit
      tally_pot #(A, W, X_SIGNED, W_SIGNED, KIND - 4) only(.x(x), .w(w), .t(t), .c(c));
    end else if (KIND == 9) begin : unit
      tally_apot #(A, W, X_SIGNED, W_SIGNED) only(.x(x), .w(w), .t(t), .c(c));
    end else if (KIND == 10) begin : unit
      tally_sad #(A, W, X_SIGNED, W_SIGNED) only(.x(x), .w(w), .t(t), .c(c));
    end else if (KIND == 11) begin : unit
      tally_min #(A, W, X_SIGNED, W_SIGNED) only(.x(x), .w(w), .t(t), .c(c));
    end else begin : unit
      tally_lanes_has_no_such_KIND error();
    end
  endgenerate
endmodule

module tally_lanes #(parameter KIND = 0, A = 8, W = 4, N = 24, L = 1, X_SIGNED = 0, W_SIGNED = 1) (
    input [L*A-1:0] x, input [L*W-1:0] w, input [N-1:0] acc, output [N-1:0] sum);
  // Bits of a term, as its module says, and whether the highest is a sign.
  localparam SIGN = (1 - X_SIGNED) * W_SIGNED;
  localparam M = W - W_SIGNED;
  localparam P = KIND == 10 || KIND == 11 ? A
               : KIND == 2 ? A + W + (1 - X_SIGNED) * (1 - W_SIGNED)
               : KIND == 3 ? A + W - 1 + SIGN
               : KIND == 4 ? A + (1 << M) - 2 + SIGN
               : KIND == 5 || KIND == 6 ? A + (1 << M) - 1 + SIGN
               : KIND == 7 ? A + (1 << (M - 1)) - 2 + SIGN
               : KIND == 8 ? A + M - 1 + SIGN
               : KIND == 9 ? A + (M == 1 ? 0 : M == 2 ? 2 : M == 3 ? 4 : M == 4 ? 6 : 7) + SIGN
               : A + W;
  localparam SIGNED = KIND == 10 ? 0 : KIND == 2 || X_SIGNED == 1 || W_SIGNED == 1 ? 1 : 0;

  // A tree as in a heap: node i is the sum of nodes 2i and 2i + 1, lane j is node L + j. Each level
  // is one bit wider. There are L carries and L sums, the accumulator's included: one for each.
  function integer height(input integer node);
    begin
      height = 0;
      while ((node << height) < L) height = height + 1;
    end
  endfunction
  localparam T = P + height(1); // bits of the root
  wire [2*L*T-1:0] nodes /*verilator split_var*/;
  wire [L-1:0] carries;
  wire [N-1:0] terms;
  assign nodes[T-1:0] = {T{1'b0}}; // there is no node 0
  genvar i;
  generate
    for (i = 0; i < L; i = i + 1) begin : lane
      wire [P-1:0] t;
      tally_term #(.KIND(KIND), .A(A), .W(W), .X_SIGNED(X_SIGNED), .W_SIGNED(W_SIGNED), .P(P))
        term(.x(x[i*A +: A]), .w(w[i*W +: W]), .t(t), .c(carries[i]));
      tally_extend #(.FROM(P), .TO(T), .SIGNED(SIGNED)) extend(.a(t), .s(nodes[(L+i)*T +: T]));
    end
    for (i = 1; i < L; i = i + 1) begin : node
      localparam B = P + height(i);
      wire [B-1:0] s;
      tally_add #(.N(B)) add(.a(nodes[2*i*T +: B]), .b(nodes[(2*i+1)*T +: B]), .c(carries[i]), .s(s));
      tally_extend #(.FROM(B), .TO(T), .SIGNED(SIGNED)) extend(.a(s), .s(nodes[i*T +: T]));
    end
  endgenerate
  tally_extend #(.FROM(T), .TO(N), .SIGNED(SIGNED)) extend(.a(nodes[T +: T]), .s(terms));
  tally_add #(.N(N)) accumulate(.a(acc), .b(terms), .c(carries[0]), .s(sum));
endmodule
