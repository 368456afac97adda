// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every second vector comes with pauses at both ends.
`timescale 1ns / 1ps
module `TESTBENCH;
  reg clk, rst, pause, wrong;
  reg [7:0] noise;
  integer cycle, began, sent, received, vector, differ, slow;
  reg [`INPUT_BITS-1:0] inputs[0:`VECTORS*`INPUTS-1];
  reg [`OUTPUT_BITS-1:0] outputs[0:`VECTORS*`OUTPUTS-1];
  wire in_ready, out_valid;
  wire in_valid = !rst && !pause && sent < (vector + 1) * `INPUTS;
  wire [`INPUT_BITS-1:0] in_data = inputs[in_valid ? sent : 0];
  wire out_ready = !pause;
  wire [`OUTPUT_BITS-1:0] out_data;
  wire [`OUTPUT_BITS-1:0] wanted = outputs[received < `VECTORS * `OUTPUTS ? received : 0];
  `NETWORK network(.clk(clk), .rst(rst), .in_valid(in_valid), .in_data(in_data), .out_ready(out_ready),
                   .in_ready(in_ready), .out_valid(out_valid), .out_data(out_data));
  initial begin
    $readmemh(`INPUT_FILE, inputs);
    $readmemh(`OUTPUT_FILE, outputs);
    clk = 0;
    rst = 1;
    pause = 0;
    wrong = 0;
    noise = 1;
    cycle = 0;
    began = 0;
    sent = 0;
    received = 0;
    vector = 0;
    differ = 0;
    slow = 0;
  end
  always #5 clk = !clk;
  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (cycle == 3) rst <= 0;
    noise <= {noise[6:0], noise[7] ^ noise[5] ^ noise[4] ^ noise[3]};
    pause <= vector % 2 == 1 && noise[0];
    if (in_valid && in_ready) begin
      sent <= sent + 1;
      if (sent == vector * `INPUTS) began <= cycle;
    end
    if (out_valid && out_ready && !rst) begin
      received <= received + 1;
      if (out_data !== wanted) wrong <= 1;
      if (received == (vector + 1) * `OUTPUTS - 1) begin
        if (wrong || out_data !== wanted) begin
          differ <= differ + 1;
          $display("vector %0d differs from the reference", vector);
        end
        if (vector % 2 == 0 && cycle - began + 1 != `CYCLES) begin
          slow <= slow + 1;
          $display("vector %0d took %0d cycles, computed were %0d", vector, cycle - began + 1, `CYCLES);
        end
        wrong <= 0;
        vector <= vector + 1;
      end
    end
    if (vector == `VECTORS) begin
      $display("%0d of %0d vectors agree with the reference, %0d cycles each", `VECTORS - differ, `VECTORS, `CYCLES);
      if (differ != 0 || slow != 0) $stop;
      $finish;
    end
    if (cycle - began > 4 * `CYCLES + 1000) begin
      $display("vector %0d: no result after %0d cycles", vector, cycle - began);
      $stop;
      $finish;
    end
  end
endmodule
