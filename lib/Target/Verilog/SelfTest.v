// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// First ON_TIME images come without any pause, the golden vectors over and over: each has to end in the cycle that was
// computed. Then PAUSED images come with pauses at both ends.
// A hash of what is written to the map of each layer is compared as well: the first layer of an image that differs is named.
`timescale 1ns / 1ps
module `TESTBENCH;
  localparam IMAGES = `ON_TIME + `PAUSED;
  reg clk, rst, pause, wrong;
  reg [7:0] noise;
  integer cycle, began, moved, sent, sent_code, sent_vector, received, code, vector, differ, late, first, latest, interval;
  reg [`INPUT_BITS-1:0] inputs[0:`VECTORS*`INPUTS-1];
  reg [`OUTPUT_BITS-1:0] outputs[0:`VECTORS*`OUTPUTS-1];
  integer ends[0:`ON_TIME-1]; // modulo 2^32, as `cycle`
  wire in_ready, out_valid;
  wire paused = received >= `ON_TIME;
  wire in_valid = !rst && !pause && sent < (paused ? IMAGES : `ON_TIME);
  wire [`INPUT_BITS-1:0] in_data = inputs[sent_vector * `INPUTS + sent_code];
  wire out_ready = !pause;
  wire [`OUTPUT_BITS-1:0] out_data;
  wire [`OUTPUT_BITS-1:0] wanted = outputs[vector * `OUTPUTS + code];
  wire last = code == `OUTPUTS - 1;
  `NETWORK network(.clk(clk), .rst(rst), .in_valid(in_valid), .in_data(in_data), .out_ready(out_ready),
                   .in_ready(in_ready), .out_valid(out_valid), .out_data(out_data));
  // Layers: a code is written; it is the image's last; its 32 bits.
  wire [`LAYERS-1:0] written, last_code;
  wire [`LAYERS*32-1:0] codes;
  `WATCHES
  reg [31:0] golden[0:`VECTORS*`LAYERS-1], hashes[0:`LAYERS-1], hash;
  integer images[0:`LAYERS-1];
  reg [IMAGES-1:0] named;
  integer i, unlike;
  function integer vector_of(input integer image);
    vector_of = (image < `ON_TIME ? image : image - `ON_TIME) % `VECTORS;
  endfunction
  // FNV-1a, a code at a time.
  localparam [31:0] BASIS = 32'd2166136261, PRIME = 32'd16777619;
  initial begin
    $readmemh(`LAYERS_FILE, golden);
    for (i = 0; i < `LAYERS; i = i + 1) begin
      hashes[i] = BASIS;
      images[i] = 0;
    end
    named = 0;
    unlike = 0;
  end
  always @(posedge clk)
    for (i = 0; i < `LAYERS; i = i + 1)
      if (written[i] && !rst) begin
        hash = (hashes[i] ^ codes[i*32 +: 32]) * PRIME;
        hashes[i] = last_code[i] ? BASIS : hash;
        if (last_code[i]) begin
          if (hash !== golden[vector_of(images[i]) * `LAYERS + i] && !named[images[i]]) begin
            named[images[i]] = 1;
            unlike = unlike + 1;
            case (i)
              `NAMES
              default: ;
            endcase
          end
          images[i] = images[i] + 1;
        end
      end
  initial begin
    $readmemh(`INPUT_FILE, inputs);
    $readmemh(`OUTPUT_FILE, outputs);
    $readmemh(`ENDS_FILE, ends);
    clk = 0;
    rst = 1;
    pause = 0;
    wrong = 0;
    noise = 1;
    cycle = 0;
    began = -1;
    moved = 0;
    sent = 0;
    sent_code = 0;
    sent_vector = 0;
    received = 0;
    code = 0;
    vector = 0;
    differ = 0;
    late = 0;
    first = 0;
    latest = 0;
    interval = 0;
  end
  always #5 clk = !clk;
  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (cycle == 3) rst <= 0;
    noise <= {noise[6:0], noise[7] ^ noise[5] ^ noise[4] ^ noise[3]};
    pause <= paused && noise[0];
    if (in_valid && in_ready) begin
      if (began < 0) began <= cycle;
      moved <= cycle;
      sent_code <= sent_code == `INPUTS - 1 ? 0 : sent_code + 1;
      if (sent_code == `INPUTS - 1) begin
        sent <= sent + 1;
        sent_vector <= sent + 1 == `ON_TIME || sent_vector == `VECTORS - 1 ? 0 : sent_vector + 1;
      end
    end
    if (out_valid && out_ready && !rst) begin
      moved <= cycle;
      wrong <= !last && (wrong || out_data !== wanted);
      code <= last ? 0 : code + 1;
      if (last) begin
        if (wrong || out_data !== wanted) begin
          differ <= differ + 1;
          $display("image %0d, vector %0d, differs from the reference", received, vector);
        end
        if (!paused && cycle - began != ends[received]) begin
          late <= late + 1;
          $display("image %0d ends in cycle %0d, computed was %0d", received, cycle - began, ends[received]);
        end
        if (received == 0) first <= cycle - began + 1;
        if (!paused) begin
          latest <= cycle;
          interval <= cycle - latest;
        end
        received <= received + 1;
        vector <= received + 1 == `ON_TIME || vector == `VECTORS - 1 ? 0 : vector + 1;
      end
    end
    if (received == IMAGES) begin
      if (first != `LATENCY) $display("latency is %0d, computed was %0d", first, `LATENCY);
      if (`STEADY && interval != `INTERVAL) $display("%0d cycles an image, computed were %0d", interval, `INTERVAL);
      $display("%0d of %0d images agree with the reference, %0d cycles an image, latency %0d", IMAGES - differ, IMAGES,
          interval, first);
      if (unlike != 0 || differ != 0 || late != 0 || first != `LATENCY || (`STEADY && interval != `INTERVAL)) $stop;
      $finish;
    end
    if (cycle - moved > 4 * (`LATENCY + `INTERVAL) + 1000) begin
      $display("image %0d: nothing moves for %0d cycles", received, cycle - moved);
      $stop;
      $finish;
    end
  end
endmodule
