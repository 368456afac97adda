// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the compiler knows of the modules in this folder: parameters, ports, and their widths.
rtl.extern @tally_map params ["DEPTH", "WIDTH", "CHANNELS", "LANES", "BUFFERS", "ADDRESS", "RADDRESS", "POINTER"]
    inputs ["clk", "rst", "we", "waddr", "wdata", "wbuffer", "raddr", "rbuffer"] outputs ["rdata"]
    widths affine_map<()[depth, w, channels, lanes, buffers, a, ra, p] -> (1, 1, 1, a, w, p, ra, p, lanes * w)>
rtl.extern @tally_rom params ["DEPTH", "WIDTH", "ADDRESS", "FILE"]
    inputs ["clk", "raddr"] outputs ["rdata"] widths affine_map<()[depth, w, a, file] -> (1, a, w)>
rtl.extern @tally_conv
    params ["KIND", "A", "B", "N", "W", "X_SIGNED", "W_SIGNED", "N_SIGNED", "PAD", "FILTERS", "GROUPS", "BLOCK", "TURNS",
            "LANES", "HEIGHT", "WIDTH", "CHANNELS", "OH", "OW", "KERNEL_H", "KERNEL_W", "STRIDE_H", "STRIDE_W",
            "DILATION_H", "DILATION_W", "TOP", "LEFT", "T", "DIGITS", "ROUNDS", "PLACE", "SHIFT", "LOW", "HIGH", "XADDRESS",
            "KADDRESS", "FADDRESS", "OADDRESS", "POSITION", "COUNT", "BCOUNT"]
    inputs ["clk", "rst", "start", "x", "w", "row"]
    outputs ["done", "xaddr", "kaddr", "faddr", "valid", "beside", "oaddr", "result"]
    widths affine_map<()[kind, a, b, n, w, xs, ws, ns, pad, filters, groups, block, turns, lanes, h, wi, c, oh, ow, kh, kw,
                         sh, sw, dh, dw, top, left, t, digits, rounds, place, shift, low, high, xaddress, kaddress, faddress,
                         oaddress, position, count, bcount]
        -> (1, 1, 1, lanes * a, block * lanes * w, t + digits * (place + 1) + shift, 1, xaddress, kaddress, faddress, 1,
            oaddress, oaddress, b)>
rtl.extern @tally_pool
    params ["MAX", "A", "B", "SIGNED", "PAD", "HEIGHT", "WIDTH", "CHANNELS", "GROUPS", "OH", "OW", "KERNEL_H", "KERNEL_W",
            "STRIDE_H", "STRIDE_W", "DILATION_H", "DILATION_W", "TOP", "LEFT", "XADDRESS", "OADDRESS", "POSITION",
            "COUNT"]
    inputs ["clk", "rst", "start", "x"] outputs ["done", "xaddr", "valid", "oaddr", "result"]
    widths affine_map<()[max, a, b, s, pad, h, w, c, groups, oh, ow, kh, kw, sh, sw, dh, dw, top, left, xaddress, oaddress,
                         position, count] -> (1, 1, 1, a, 1, xaddress, 1, oaddress, b)>
rtl.extern @tally_copy params ["DEPTH", "ADDRESS"]
    inputs ["clk", "rst", "start"] outputs ["done", "xaddr", "valid", "oaddr"]
    widths affine_map<()[depth, a] -> (1, 1, 1, 1, a, 1, a)>
rtl.extern @tally_fill params ["DEPTH", "WIDTH", "ADDRESS"]
    inputs ["clk", "rst", "start", "in_valid", "in_data"] outputs ["done", "in_ready", "valid", "oaddr", "result"]
    widths affine_map<()[depth, w, a] -> (1, 1, 1, 1, w, 1, 1, 1, a, w)>
rtl.extern @tally_drain params ["DEPTH", "WIDTH", "ADDRESS"]
    inputs ["clk", "rst", "start", "x", "out_ready"] outputs ["done", "xaddr", "out_valid", "out_data"]
    widths affine_map<()[depth, w, a] -> (1, 1, 1, w, 1, 1, a, 1, w)>
rtl.extern @tally_link params ["BUFFERS", "POINTER"]
    inputs ["clk", "rst", "put", "take"] outputs ["full", "space", "wbuffer", "rbuffer"]
    widths affine_map<()[buffers, p] -> (1, 1, 1, 1, 1, 1, p, p)>
rtl.extern @tally_gate params ["AWAKE"]
    inputs ["clk", "rst", "go", "done"] outputs ["start"] widths affine_map<()[awake] -> (1, 1, 1, 1, 1)>
rtl.extern @tally_move
    params ["A", "PAD", "N0", "N1", "N2", "N3", "N4", "N5", "FIRST0", "FIRST1", "FIRST2", "FIRST3", "FIRST4", "FIRST5",
            "STEP0", "STEP1", "STEP2", "STEP3", "STEP4", "STEP5", "SIZE0", "SIZE1", "SIZE2", "SIZE3", "SIZE4", "SIZE5",
            "PLACE0", "PLACE1", "PLACE2", "PLACE3", "PLACE4", "PLACE5", "XADDRESS", "OADDRESS", "POSITION", "COUNT"]
    inputs ["clk", "rst", "start", "x"] outputs ["done", "xaddr", "valid", "oaddr", "result"]
    widths affine_map<()[a, pad, n0, n1, n2, n3, n4, n5, f0, f1, f2, f3, f4, f5, s0, s1, s2, s3, s4, s5,
                         z0, z1, z2, z3, z4, z5, p0, p1, p2, p3, p4, p5, xaddress, oaddress, position, count]
        -> (1, 1, 1, a, 1, xaddress, 1, oaddress, a)>
rtl.extern @tally_take
    params ["A", "OUTER", "ROWS", "INNER", "SIZE", "XADDRESS", "OADDRESS", "RADDRESS", "COUNT"]
    inputs ["clk", "rst", "start", "x", "place"] outputs ["done", "xaddr", "row", "valid", "oaddr", "result"]
    widths affine_map<()[a, outer, rows, inner, size, xaddress, oaddress, raddress, count]
        -> (1, 1, 1, a, xaddress, 1, xaddress, raddress, 1, oaddress, a)>
rtl.extern @tally_table params ["DEPTH", "WIDTH", "ADDRESS", "FILE"]
    inputs ["code"] outputs ["value"] widths affine_map<()[depth, w, a, file] -> (a, w)>
rtl.extern @tally_term params ["KIND", "A", "W", "X_SIGNED", "W_SIGNED", "P"]
    inputs ["x", "w"] outputs ["t", "c"] widths affine_map<()[kind, a, w, xs, ws, p] -> (a, w, p, 1)>
