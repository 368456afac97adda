// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Requantization of sums, a signed digit of the multiplier a cycle. ../README.md says what ports and
// parameters mean.

// The nearest number of LOW..HIGH, in B bits.
module tally_clamp #(parameter T = 24, B = 8, LOW = 0, HIGH = 255) (
    input [T-1:0] a, output [B-1:0] s);
  localparam E = T < 33 ? 33 : T;
  localparam integer L = LOW, U = HIGH;
  wire signed [E-1:0] wide, low, high;
  tally_extend #(.FROM(T), .TO(E), .SIGNED(1)) extend_a(.a(a), .s(wide));
  tally_extend #(.FROM(32), .TO(E), .SIGNED(1)) extend_low(.a(L), .s(low));
  tally_extend #(.FROM(32), .TO(E), .SIGNED(1)) extend_high(.a(U), .s(high));
  assign s = wide < low ? low[B-1:0] : wide > high ? high[B-1:0] : wide[B-1:0];
endmodule

// clamp((sum * multiplier + offset) >> shift) for FILTERS sums that come one after another, each
// DIGITS (at least 2) cycles. `row` is the memory's word for filter `filter`, from the lowest bits:
//
//   offset of T bits, DIGITS digits of {minus, place of PLACE bits}, shift of SHIFT bits
//
// `next` asks for the next sum; `valid` comes with a result.
module tally_scale #(parameter N = 12, SIGNED = 0, T = 24, DIGITS = 3, PLACE = 4, SHIFT = 4,
    B = 8, LOW = 0, HIGH = 255, FILTERS = 1, FADDRESS = 1, DCOUNT = 2) (
    input clk, input rst, input start, input [N-1:0] sum,
    input [T+DIGITS*(PLACE+1)+SHIFT-1:0] row, output [FADDRESS-1:0] filter,
    output next, output last, output reg valid, output [B-1:0] result);
  localparam integer LAST_DIGIT = DIGITS - 1, LAST_FILTER = FILTERS - 1;
  reg running;
  reg [FADDRESS-1:0] f;
  reg [DCOUNT-1:0] d;
  reg [T-1:0] t;
  reg [SHIFT-1:0] shift;
  reg [(DIGITS-1)*(PLACE+1)-1:0] rest; // digits to come
  wire [PLACE:0] digit = d == {DCOUNT{1'b0}} ? row[T +: PLACE+1] : rest[PLACE:0];
  wire [T-1:0] wide, moved, so_far, sum_now;
  tally_extend #(.FROM(N), .TO(T), .SIGNED(SIGNED)) extend(.a(sum), .s(wide));
  assign moved = (wide << digit[PLACE-1:0]) ^ {T{digit[PLACE]}};
  assign so_far = d == {DCOUNT{1'b0}} ? row[T-1:0] : t;
  tally_add #(.N(T)) add(.a(so_far), .b(moved), .c(digit[PLACE]), .s(sum_now));
  assign next = running && d == LAST_DIGIT[DCOUNT-1:0];
  assign last = next && f == LAST_FILTER[FADDRESS-1:0];
  // The memory answers a cycle later.
  assign filter = last ? {FADDRESS{1'b0}} : next ? f + 1'b1 : f;
  always @(posedge clk) begin
    valid <= next && !rst;
    if (rst || last) running <= 1'b0;
    else if (start) running <= 1'b1;
    if (rst || last || start) f <= {FADDRESS{1'b0}};
    else if (next) f <= f + 1'b1;
    if (rst || next || start) d <= {DCOUNT{1'b0}};
    else if (running) d <= d + 1'b1;
    if (running) t <= sum_now;
    if (next) shift <= row[T+DIGITS*(PLACE+1) +: SHIFT];
    if (d == {DCOUNT{1'b0}}) rest <= row[T+PLACE+1 +: (DIGITS-1)*(PLACE+1)];
    else rest <= rest >> (PLACE + 1);
  end
  wire signed [T-1:0] shifted = $signed(t) >>> shift;
  tally_clamp #(.T(T), .B(B), .LOW(LOW), .HIGH(HIGH)) clamp(.a(shifted), .s(result));
endmodule
