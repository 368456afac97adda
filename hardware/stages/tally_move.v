// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of a map elsewhere. ../README.md says what ports and parameters mean.

// Six loops over the result, the innermost has number 0: round n of a loop reads what stands at FIRST + n * STEP of SIZE
// in its dimension of the map, where neighbours are PLACE codes apart. Outside of a dimension is PAD. This slices, pads,
// transposes, repeats; several of them, each on a map of its own, make one result of what one of them has inside.
module tally_move #(parameter A = 8, PAD = 0, N0 = 4, N1 = 1, N2 = 1, N3 = 1, N4 = 1, N5 = 1,
    FIRST0 = 0, FIRST1 = 0, FIRST2 = 0, FIRST3 = 0, FIRST4 = 0, FIRST5 = 0,
    STEP0 = 1, STEP1 = 1, STEP2 = 1, STEP3 = 1, STEP4 = 1, STEP5 = 1,
    SIZE0 = 4, SIZE1 = 1, SIZE2 = 1, SIZE3 = 1, SIZE4 = 1, SIZE5 = 1,
    PLACE0 = 1, PLACE1 = 4, PLACE2 = 4, PLACE3 = 4, PLACE4 = 4, PLACE5 = 4,
    XADDRESS = 2, OADDRESS = 2, POSITION = 4, COUNT = 3) (
    input clk, input rst, input start, output done,
    output [XADDRESS-1:0] xaddr, input [A-1:0] x,
    output reg valid, output reg [OADDRESS-1:0] oaddr, output [A-1:0] result);
  localparam LOOPS = 6;
  localparam integer ZERO = PAD;
  // What a round of each loop adds to the address, less what the loops inside have added: they begin again.
  localparam integer S0 = STEP0 * PLACE0, S1 = STEP1 * PLACE1, S2 = STEP2 * PLACE2;
  localparam integer S3 = STEP3 * PLACE3, S4 = STEP4 * PLACE4, S5 = STEP5 * PLACE5;
  localparam integer B1 = (N0 - 1) * S0, B2 = B1 + (N1 - 1) * S1, B3 = B2 + (N2 - 1) * S2, B4 = B3 + (N3 - 1) * S3;
  localparam integer B5 = B4 + (N4 - 1) * S4;
  localparam integer D1 = S1 - B1, D2 = S2 - B2, D3 = S3 - B3, D4 = S4 - B4, D5 = S5 - B5;
  localparam integer BEGIN = FIRST0 * PLACE0 + FIRST1 * PLACE1 + FIRST2 * PLACE2 + FIRST3 * PLACE3 + FIRST4 * PLACE4
                             + FIRST5 * PLACE5;

  reg running, finishing, came_here;
  reg [XADDRESS-1:0] place; // modulo 2^XADDRESS: right wherever it is inside
  reg [OADDRESS-1:0] o;
  wire [LOOPS:0] rounds /*verilator split_var*/; // bit i: loop i goes on or begins again
  wire [LOOPS-1:0] holds;
  assign rounds[0] = running;
  genvar i;
  generate
    for (i = 0; i < LOOPS; i = i + 1) begin : loops
      localparam integer LAST = (i == 0 ? N0 : i == 1 ? N1 : i == 2 ? N2 : i == 3 ? N3 : i == 4 ? N4 : N5) - 1;
      localparam integer BEGINS = (i == 0 ? FIRST0 : i == 1 ? FIRST1 : i == 2 ? FIRST2 : i == 3 ? FIRST3 : i == 4 ? FIRST4 : FIRST5);
      localparam integer ADDS = (i == 0 ? STEP0 : i == 1 ? STEP1 : i == 2 ? STEP2 : i == 3 ? STEP3 : i == 4 ? STEP4 : STEP5);
      localparam integer MOST = (i == 0 ? SIZE0 : i == 1 ? SIZE1 : i == 2 ? SIZE2 : i == 3 ? SIZE3 : i == 4 ? SIZE4 : SIZE5);
      reg [COUNT-1:0] n;
      reg signed [POSITION-1:0] p;
      wire ends = n == LAST[COUNT-1:0];
      assign rounds[i+1] = rounds[i] && ends;
      assign holds[i] = !p[POSITION-1] && p < $signed(MOST[POSITION-1:0]);
      always @(posedge clk)
        if (start || rounds[i+1]) begin
          n <= {COUNT{1'b0}};
          p <= BEGINS[POSITION-1:0];
        end else if (rounds[i]) begin
          n <= n + 1'b1;
          p <= p + ADDS[POSITION-1:0];
        end
    end
  endgenerate
  wire last = rounds[LOOPS];
  wire here = &holds;
  assign xaddr = place & {XADDRESS{running && here}};
  assign result = came_here ? x : ZERO[A-1:0];
  assign done = finishing;
  always @(posedge clk)
    if (rst) begin
      {running, valid, finishing, came_here} <= 4'd0;
      {o, oaddr} <= {2*OADDRESS{1'b0}};
    end else begin
      running <= start || (running && !last);
      valid <= running;
      oaddr <= o;
      finishing <= last;
      came_here <= here;
      if (running) o <= last ? {OADDRESS{1'b0}} : o + 1'b1;
      if (start) place <= BEGIN[XADDRESS-1:0];
      else place <= place + (rounds[5] ? D5[XADDRESS-1:0] : rounds[4] ? D4[XADDRESS-1:0] : rounds[3] ? D3[XADDRESS-1:0]
                             : rounds[2] ? D2[XADDRESS-1:0] : rounds[1] ? D1[XADDRESS-1:0] : S0[XADDRESS-1:0]);
    end
endmodule

// Codes by numbers: for each of OUTER blocks of SIZE rows of INNER codes, the rows that a table names, ROWS of them. `place`
// answers `row` with where the row begins in its block.
module tally_take #(parameter A = 8, OUTER = 1, ROWS = 2, INNER = 2, SIZE = 2, XADDRESS = 2, OADDRESS = 2, RADDRESS = 1,
    COUNT = 2) (
    input clk, input rst, input start, output done,
    output [XADDRESS-1:0] xaddr, input [A-1:0] x,
    output [RADDRESS-1:0] row, input [XADDRESS-1:0] place,
    output reg valid, output reg [OADDRESS-1:0] oaddr, output [A-1:0] result);
  localparam integer LAST_INNER = INNER - 1, LAST_ROW = ROWS - 1, LAST_OUTER = OUTER - 1, BLOCK = SIZE * INNER;
  reg running, finishing;
  reg [COUNT-1:0] inner, outer;
  reg [RADDRESS-1:0] r;
  reg [XADDRESS-1:0] code, block;
  reg [OADDRESS-1:0] o;
  wire e0 = inner == LAST_INNER[COUNT-1:0];
  wire e1 = e0 && r == LAST_ROW[RADDRESS-1:0];
  wire last = running && e1 && outer == LAST_OUTER[COUNT-1:0];
  assign row = r;
  assign xaddr = (block + place + code) & {XADDRESS{running}};
  assign result = x;
  assign done = finishing;
  always @(posedge clk)
    if (rst || start) begin
      running <= start && !rst;
      {valid, finishing} <= 2'd0;
      {inner, outer} <= {2*COUNT{1'b0}};
      r <= {RADDRESS{1'b0}};
      {code, block} <= {2*XADDRESS{1'b0}};
      {o, oaddr} <= {2*OADDRESS{1'b0}};
    end else begin
      running <= running && !last;
      valid <= running;
      oaddr <= o;
      finishing <= last;
      if (running) begin
        o <= o + 1'b1;
        inner <= e0 ? {COUNT{1'b0}} : inner + 1'b1;
        code <= e0 ? {XADDRESS{1'b0}} : code + 1'b1;
        if (e0) r <= e1 ? {RADDRESS{1'b0}} : r + 1'b1;
        if (e1) begin
          outer <= outer + 1'b1;
          block <= block + BLOCK[XADDRESS-1:0];
        end
      end
    end
endmodule
