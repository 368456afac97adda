// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ends of a network: streams whose codes move where `valid` and `ready` are both 1.
// ../README.md says what ports and parameters mean.

// Takes DEPTH codes after reset, and after each `start`.
module tally_fill #(parameter DEPTH = 16, WIDTH = 8, ADDRESS = 4) (
    input clk, input rst, input start, output reg done,
    input in_valid, output in_ready, input [WIDTH-1:0] in_data,
    output valid, output [ADDRESS-1:0] oaddr, output [WIDTH-1:0] result);
  localparam integer LAST = DEPTH - 1;
  reg open;
  reg [ADDRESS-1:0] place;
  wire last = place == LAST[ADDRESS-1:0];
  assign in_ready = open;
  assign valid = open && in_valid;
  assign oaddr = place;
  assign result = in_data;
  always @(posedge clk)
    if (rst) begin
      open <= 1'b1;
      done <= 1'b0;
      place <= {ADDRESS{1'b0}};
    end else begin
      if (start) open <= 1'b1;
      else if (valid && last) open <= 1'b0;
      done <= valid && last;
      if (valid) place <= last ? {ADDRESS{1'b0}} : place + 1'b1;
    end
endmodule

// Hands out DEPTH codes of a map after each `start`.
module tally_drain #(parameter DEPTH = 16, WIDTH = 8, ADDRESS = 4) (
    input clk, input rst, input start, output reg done,
    output [ADDRESS-1:0] xaddr, input [WIDTH-1:0] x,
    output reg out_valid, input out_ready, output [WIDTH-1:0] out_data);
  localparam integer LAST = DEPTH - 1;
  reg running;
  reg [ADDRESS-1:0] place;
  wire taken = out_valid && out_ready;
  wire last = place == LAST[ADDRESS-1:0];
  // While a code waits to be taken, the map reads it again and again.
  assign xaddr = place;
  assign out_data = x;
  always @(posedge clk)
    if (rst) begin
      {running, out_valid, done} <= 3'd0;
      place <= {ADDRESS{1'b0}};
    end else begin
      running <= start || (running && !(taken && last));
      out_valid <= running && !taken; // a cycle after the address
      done <= taken && last;
      if (taken) place <= last ? {ADDRESS{1'b0}} : place + 1'b1;
    end
endmodule
