// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs tally_lanes of one shape against the reference's terms: every pair of codes as one lane, then
// ROUNDS sums of L lanes of random codes, all into the accumulator of before. EXPECTED has a term for each pair
// of codes, {w, x} counted up, or x's where w is not a code.
module lanes_tb;
  parameter KIND = 0, A = 8, W = 4, N = 24, L = 1, X_SIGNED = 0, W_SIGNED = 1, ROUNDS = 0, NAME = 0;
  parameter EXPECTED = "expected.hex";
  localparam PAIRS = 1 << (A + W);
  reg [63:0] expected[0:PAIRS-1];
  reg [A-1:0] x;
  reg [W-1:0] w;
  reg [L*A-1:0] xs;
  reg [L*W-1:0] ws;
  reg [N-1:0] acc, accs, want; // each its own: what does not change is not simulated
  wire [N-1:0] sum, sums;
  tally_lanes #(.KIND(KIND), .A(A), .W(W), .N(N), .L(1), .X_SIGNED(X_SIGNED), .W_SIGNED(W_SIGNED))
    one(.x(x), .w(w), .acc(acc), .sum(sum));
  tally_lanes #(.KIND(KIND), .A(A), .W(W), .N(N), .L(L), .X_SIGNED(X_SIGNED), .W_SIGNED(W_SIGNED))
    many(.x(xs), .w(ws), .acc(accs), .sum(sums));

  integer pair, round, lane, checked, differ, seed;
  initial begin
    $readmemh(EXPECTED, expected);
    checked = 0;
    differ = 0;
    seed = 1;
    acc = 0;
    accs = 1;
    xs = 0;
    ws = 0;
    for (pair = 0; pair < PAIRS; pair = pair + 1)
      if (^expected[pair] !== 1'bx) begin
        {w, x} = pair;
        want = acc + expected[pair];
        #1 check("one", sum);
        acc = sum; // from here on, what the pairs before have left there
      end
    for (round = 0; round < ROUNDS; round = round + 1) begin
      want = accs;
      for (lane = 0; lane < L; lane = lane + 1) begin
        pair = $unsigned($random(seed)) % PAIRS;
        while (^expected[pair] === 1'bx) pair = $unsigned($random(seed)) % PAIRS;
        {ws[lane*W +: W], xs[lane*A +: A]} = pair;
        want = want + expected[pair];
      end
      #1 check("sum", sums);
      accs = round % 3 == 0 ? {(N + 31) / 32{$random(seed)}} : sums;
    end
    $display("%0d: %0d sums, %0d differ", NAME, checked, differ);
  end

  task check(input [23:0] what, input [N-1:0] got);
    begin
      checked = checked + 1;
      if (got !== want) begin
        if (differ < 3 && what == "one") $display("%0d: x=%h w=%h acc=%h gives %h, expected %h", NAME, x, w, acc, got, want);
        if (differ < 3 && what == "sum") $display("%0d: x=%h w=%h acc=%h gives %h, expected %h", NAME, xs, ws, accs, got, want);
        differ = differ + 1;
      end
    end
  endtask
endmodule
