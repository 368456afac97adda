// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What lets stages work at the same time, each on another image. ../README.md says what ports and parameters mean.

// Between the stage that writes a map of BUFFERS images and the one that reads it: `full` where an image waits there or is
// being read, `space` where one may be written.
module tally_link #(parameter BUFFERS = 2, POINTER = 1) (
    input clk, input rst, input put, input take, output full, output space,
    output reg [POINTER-1:0] wbuffer, output reg [POINTER-1:0] rbuffer);
  localparam integer LAST = BUFFERS - 1, MOST = BUFFERS;
  reg [POINTER:0] images;
  assign full = images != {(POINTER+1){1'b0}};
  assign space = images != MOST[POINTER:0];
  always @(posedge clk)
    if (rst) begin
      images <= {(POINTER+1){1'b0}};
      {wbuffer, rbuffer} <= {2*POINTER{1'b0}};
    end else begin
      if (put && !take) images <= images + 1'b1;
      if (take && !put) images <= images - 1'b1;
      if (put) wbuffer <= wbuffer == LAST[POINTER-1:0] ? {POINTER{1'b0}} : wbuffer + 1'b1;
      if (take) rbuffer <= rbuffer == LAST[POINTER-1:0] ? {POINTER{1'b0}} : rbuffer + 1'b1;
    end
endmodule

// Starts a stage that rests as soon as it may `go`. AWAKE = 1: the stage works since reset.
module tally_gate #(parameter AWAKE = 0) (input clk, input rst, input go, input done, output start);
  reg running;
  assign start = go && !running;
  always @(posedge clk)
    if (rst) running <= AWAKE == 1;
    else running <= start || (running && !done);
endmodule
