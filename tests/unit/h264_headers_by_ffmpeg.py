#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares src/codec/h264_slice_header.c with FFmpeg's trace_headers filter over real streams.

usage: h264_headers_by_ffmpeg.py H264_PRINT_HEADERS [FILE...]

Every element of every slice header, and the three bit sizes that the driver derives from their
positions, must be equal. Without FILE, streams are encoded with libx264, and those in the directory
of test streams are taken (TEST_VECTORS, default ../shared/vectors). FFmpeg's filter is a parser of
its own, written from the standard; its bit positions do not count emulation prevention.
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
from traced_headers import Codec, first, main, nal_of  # noqa: E402

PARAMS = (
    ("chroma_format_idc", 1), ("separate_colour_plane_flag", 0), ("frame_mbs_only_flag", 0),
    ("log2_max_frame_num_minus4", 0), ("pic_order_cnt_type", 0),
    ("log2_max_pic_order_cnt_lsb_minus4", 0), ("delta_pic_order_always_zero_flag", 0),
    ("bottom_field_pic_order_in_frame_present_flag", 0), ("redundant_pic_cnt_present_flag", 0),
    ("weighted_pred_flag", 0), ("weighted_bipred_idc", 0), ("entropy_coding_mode_flag", 0),
    ("deblocking_filter_control_present_flag", 0),
)
POC = ("pic_order_cnt_lsb", "delta_pic_order_cnt_bottom", "delta_pic_order_cnt[0]",
       "delta_pic_order_cnt[1]")
MARKING = ("no_output_of_prior_pics_flag", "long_term_reference_flag",
           "adaptive_ref_pic_marking_mode_flag", "memory_management_control_operation",
           "difference_of_pic_nums_minus1", "long_term_frame_idx",
           "max_long_term_frame_idx_plus1")

CLIPS = {
    "cabac_b_pyramid_weights": "bframes=3:b-pyramid=normal:weightp=2:weightb=1:ref=4:keyint=12",
    "cavlc_slices": "cabac=0:slices=4:ref=2:bframes=0:keyint=8:no-deblock=1",
    "mbaff": "interlaced=1:bframes=2:ref=3:keyint=10",
    "long_references": "ref=16:bframes=8:b-adapt=0:keyint=40:deblock=2,-3",
}


def expectation(unit):
    """What the trace says of one slice: element names to lists of values."""
    expected = {}
    sizes = {"pic_order_cnt_bit_size": 0, "dec_ref_pic_marking_bit_size": 0}
    marking = False
    for _, name, bits, value in unit:
        if name == "forbidden_zero_bit":
            continue
        expected.setdefault(name, []).append(value)
        marking = marking or name in MARKING
        if name in POC:
            sizes["pic_order_cnt_bit_size"] += len(bits)
        if name in MARKING or (marking and name == "long_term_pic_num"):
            sizes["dec_ref_pic_marking_bit_size"] += len(bits)
    sizes["header_bit_size"] = unit[-1][0] + len(unit[-1][2])
    expected.update({name: [value] for name, value in sizes.items()})
    return expected


def line_for(unit, sps, pps, nal):
    """The input line of h264_print_headers; the counts are what a VA client passes."""
    both = sps | pps
    values = [both.get(name, default) for name, default in PARAMS]
    for which in ("l0", "l1"):
        values.append(first(unit, f"num_ref_idx_{which}_active_minus1",
                            pps.get(f"num_ref_idx_{which}_default_active_minus1", 0)))
    return " ".join(map(str, values)) + " " + nal.hex()


def jobs_of(units, nals):
    """(input line, expectation) of every slice that the trace holds."""
    sps, pps, jobs = {}, {}, []
    for unit in units:
        kind = first(unit, "nal_unit_type")
        values = {name: value for _, name, _, value in unit}
        if kind == 7:
            sps[values["seq_parameter_set_id"]] = values
        elif kind == 8:
            pps[values["pic_parameter_set_id"]] = values
        elif kind in (1, 5):
            nal = nal_of(unit, nals)
            pps_of_slice = pps.get(first(unit, "pic_parameter_set_id"))
            if nal is None or pps_of_slice is None:
                break
            jobs.append((line_for(unit, sps[pps_of_slice["seq_parameter_set_id"]], pps_of_slice,
                                  nal), expectation(unit)))
    return jobs


def encode(directory):
    for name, options in CLIPS.items():
        path = os.path.join(directory, name + ".264")
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
                        "testsrc2=size=96x80:rate=25,fade=in:0:15", "-frames:v", "30", "-c:v",
                        "libx264", "-threads", "1", "-x264-params", options, path], check=True)
        yield path


if __name__ == "__main__":
    sys.exit(main(Codec("h264", lambda nal: 1 <= nal[0] & 0x1f <= 5, jobs_of, encode,
                        indexed=("delta_pic_order_cnt",),
                        foreign=("cabac_alignment_one_bit",))))  # of slice_data()
