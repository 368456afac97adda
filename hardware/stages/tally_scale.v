// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Requantization of sums by the signed digits of their multipliers. ../README.md says what ports and
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

// clamp((sum * multiplier + offset) >> shift) for sums that come one after another in blocks of BLOCK, each ROUNDS cycles,
// in which DIGITS / ROUNDS digits of its multiplier are added. They belong to FILTERS filters over and over. `row` is the
// memory's word for filter `filter`, from the lowest bits:
//
//   offset of T bits, DIGITS digits of {minus, place of PLACE bits}, shift of SHIFT bits
//
// `start`: a block begins in the next cycle; with `few`, one of FEW sums. That may be where `free` is 1. `next` asks for the
// next sum, `last` is the block's last cycle; `valid` comes with a result.
module tally_scale #(parameter N = 12, SIGNED = 0, T = 24, DIGITS = 3, ROUNDS = 3, PLACE = 4, SHIFT = 4,
    B = 8, LOW = 0, HIGH = 255, FILTERS = 1, BLOCK = 1, FEW = 1, FADDRESS = 1, COUNT = 2) (
    input clk, input rst, input start, input few, input [N-1:0] sum,
    input [T+DIGITS*(PLACE+1)+SHIFT-1:0] row, output [FADDRESS-1:0] filter,
    output next, output last, output free, output reg valid, output [B-1:0] result);
  localparam D = PLACE + 1, AT_ONCE = DIGITS / ROUNDS;
  localparam integer ONE = 1, TWO = 2, ALL = BLOCK * ROUNDS, SOME = FEW * ROUNDS, LAST_FILTER = FILTERS - 1;
  reg [COUNT-1:0] left; // cycles of the block, this one included
  reg [FADDRESS-1:0] f;
  reg [T-1:0] t;
  reg [SHIFT-1:0] shift;
  wire running = left != {COUNT{1'b0}};
  wire first;
  wire [AT_ONCE*D-1:0] digits;
  wire [T-1:0] wide;
  wire [(AT_ONCE+1)*T-1:0] partial /*verilator split_var*/;
  tally_extend #(.FROM(N), .TO(T), .SIGNED(SIGNED)) extend(.a(sum), .s(wide));
  assign partial[T-1:0] = first ? row[T-1:0] : t;
  genvar i;
  generate
    for (i = 0; i < AT_ONCE; i = i + 1) begin : digit
      wire [T-1:0] moved = (wide << digits[i*D +: PLACE]) ^ {T{digits[i*D+PLACE]}};
      tally_add #(.N(T)) add(.a(partial[i*T +: T]), .b(moved), .c(digits[i*D+PLACE]), .s(partial[(i+1)*T +: T]));
    end
    if (ROUNDS == 1) begin : rounds
      assign first = 1'b1;
      assign digits = row[T +: AT_ONCE*D];
      assign next = running;
    end else begin : rounds
      reg [ROUNDS-2:0] round; // round i + 1: bit i is 1
      reg [(DIGITS-AT_ONCE)*D-1:0] rest; // digits to come
      assign first = round == {(ROUNDS-1){1'b0}};
      assign digits = first ? row[T +: AT_ONCE*D] : rest[AT_ONCE*D-1:0];
      assign next = round[ROUNDS-2];
      wire [ROUNDS-1:0] following = {round, running && first};
      always @(posedge clk) begin
        round <= rst ? {(ROUNDS-1){1'b0}} : following[ROUNDS-2:0];
        rest <= first ? row[T+AT_ONCE*D +: (DIGITS-AT_ONCE)*D] : rest >> (AT_ONCE * D);
      end
    end
  endgenerate
  assign last = left == ONE[COUNT-1:0];
  // One more block may be handed over in the next cycle.
  assign free = start ? (few ? SOME == 1 : ALL == 1) : left <= TWO[COUNT-1:0];
  // The memory answers a cycle later.
  assign filter = !next ? f : f == LAST_FILTER[FADDRESS-1:0] ? {FADDRESS{1'b0}} : f + 1'b1;
  always @(posedge clk) begin
    valid <= next && !rst;
    if (rst) left <= {COUNT{1'b0}};
    else if (start) left <= few ? SOME[COUNT-1:0] : ALL[COUNT-1:0];
    else if (running) left <= left - 1'b1;
    if (rst) f <= {FADDRESS{1'b0}};
    else f <= filter;
    if (running) t <= partial[AT_ONCE*T +: T];
    if (next) shift <= row[T+DIGITS*D +: SHIFT];
  end
  wire signed [T-1:0] shifted = $signed(t) >>> shift;
  tally_clamp #(.T(T), .B(B), .LOW(LOW), .HIGH(HIGH)) clamp(.a(shifted), .s(result));
endmodule
