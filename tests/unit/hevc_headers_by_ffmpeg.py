#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares src/codec/hevc_slice_header.c with FFmpeg's trace_headers filter over real streams.

usage: hevc_headers_by_ffmpeg.py HEVC_PRINT_HEADERS [FILE...]

Every element of every slice segment header, the sizes of both reference picture sets and that of the
header must be equal. The parser gets what a VA client passes: neither the sets of the sequence
parameter set nor its long-term candidates. Without FILE, streams are encoded with libx265, and those
in the directory of test streams are taken (TEST_VECTORS, default ../shared/vectors). FFmpeg's filter
is a parser of its own, written from the standard; its bit positions do not count emulation
prevention.
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from traced_headers import Codec, first, main, nal_of  # noqa: E402

SHORT_TERM = ("inter_ref_pic_set_prediction_flag", "delta_idx_minus1", "delta_rps_sign",
              "abs_delta_rps_minus1", "used_by_curr_pic_flag", "use_delta_flag",
              "num_negative_pics", "num_positive_pics", "delta_poc_s0_minus1",
              "used_by_curr_pic_s0_flag", "delta_poc_s1_minus1", "used_by_curr_pic_s1_flag")
LONG_TERM = ("num_long_term_sps", "num_long_term_pics", "lt_idx_sps", "poc_lsb_lt",
             "used_by_curr_pic_lt_flag", "delta_poc_msb_present_flag", "delta_poc_msb_cycle_lt")
# Not kept by the parser, since nothing needs them.
SKIPPED = ("forbidden_zero_bit", "slice_reserved_flag", "delta_idx_minus1", "delta_rps_sign",
           "abs_delta_rps_minus1", "used_by_curr_pic_flag", "use_delta_flag",
           "alignment_bit_equal_to_one", "alignment_bit_equal_to_zero",
           "slice_segment_header_extension_length", "slice_segment_header_extension_data_byte")

CLIPS = {
    "pyramid_weights": "bframes=4:weightp=1:weightb=1:ref=4:keyint=12",
    "slices_small_blocks": "slices=3:ctu=16:min-cu-size=8:wpp=1:bframes=2:keyint=10",
    "open_gop_layers": "open-gop=1:keyint=8:bframes=3:temporal-layers=1",
    "deblock_no_wpp": "wpp=0:deblock=2,-3:cbqpoffs=2:crqpoffs=-2:keyint=9",
}


def raw_size(nal, size):
    """Bytes of the encoded unit that hold the first `size` bytes of its payload."""
    zeros = at = 0
    while size > 0:
        if zeros >= 2 and nal[at] == 3:
            zeros, at = 0, at + 1
            continue
        zeros = zeros + 1 if nal[at] == 0 else 0
        size, at = size - 1, at + 1
    return at


class Sets:
    """The short-term reference picture sets of a sequence parameter set (7.3.7, 7.4.8)."""

    def __init__(self):
        self.sets = []

    def read(self, elements):
        """Appends the sets in `elements`, one after the other."""
        elements = [(name, value) for _, name, _, value in elements if name in SHORT_TERM]
        at = 0
        while at < len(elements):
            at = self._one(elements, at, len(self.sets))

    def _one(self, elements, at, index):
        def take(name):
            nonlocal at
            found, value = elements[at]
            assert found == name, (found, name)
            at += 1
            return value

        if index and take("inter_ref_pic_set_prediction_flag"):
            back = take("delta_idx_minus1") + 1 if elements[at][0] == "delta_idx_minus1" else 1
            sign = take("delta_rps_sign")
            delta = (1 - 2 * sign) * (take("abs_delta_rps_minus1") + 1)
            reference = self.sets[index - back]
            pictures = []
            for poc in [*[poc for poc, _ in reference], 0]:
                used = take("used_by_curr_pic_flag")
                if (used or take("use_delta_flag")) and poc + delta:
                    pictures.append((poc + delta, used))
            before = sorted((p for p in pictures if p[0] < 0), reverse=True)
            self.sets.append(before + sorted(p for p in pictures if p[0] > 0))
            return at
        counts, pictures = (take("num_negative_pics"), take("num_positive_pics")), []
        for s, sign in ((0, -1), (1, 1)):
            poc = 0
            for _ in range(counts[s]):
                poc += sign * (take(f"delta_poc_s{s}_minus1") + 1)
                pictures.append((poc, take(f"used_by_curr_pic_s{s}_flag")))
        self.sets.append(pictures)
        return at


def current_set(unit, sps):
    """(pictures of the slice's short-term set, NumDeltaPocs of the set that it is predicted from)."""
    known = Sets()
    known.sets = list(sps["sets"])
    if first(unit, "short_term_ref_pic_set_sps_flag"):
        return known.sets[first(unit, "short_term_ref_pic_set_idx")], 0
    if not any(name == "short_term_ref_pic_set_sps_flag" for _, name, _, _ in unit):
        return [], 0  # IDR
    index = len(known.sets)
    known.read(unit)
    predicted = first(unit, "inter_ref_pic_set_prediction_flag")
    back = first(unit, "delta_idx_minus1") + 1
    return known.sets[index], len(known.sets[index - back]) if predicted else 0


def bits_in(unit, names):
    return sum(len(bits) for _, name, bits, _ in unit if name in names)


def expectation(unit, sps, nal):
    """What the trace says of one slice segment: element names to lists of values."""
    expected = {}
    for _, name, _, value in unit:
        if name not in SKIPPED:
            name = re.sub(r"list_entry_l[01]", "list_entry", name)
            name = re.sub("^chroma_offset", "delta_chroma_offset", name)
            expected.setdefault(name, []).append(value)
    size = (unit[-1][0] + len(unit[-1][2])) // 8
    expected["header_size"] = [size]
    expected["header_size_raw"] = [raw_size(nal, size)]
    if "slice_type" in expected:  # not a dependent one
        expected["short_term_ref_pic_set_size"] = [bits_in(unit, SHORT_TERM)]
        expected["long_term_ref_pic_set_size"] = [bits_in(unit, LONG_TERM)]
        expected["num_delta_pocs_of_ref_rps_idx"] = [current_set(unit, sps)[1]]
    return expected


def line_for(unit, sps, pps, nal):
    """The input line of hevc_print_headers; the last two are what a VA client passes."""
    log2_size = 3 + sps["log2_min_luma_coding_block_size_minus3"] + \
        sps["log2_diff_max_min_luma_coding_block_size"]
    ctbs = 1
    for name in ("pic_width_in_luma_samples", "pic_height_in_luma_samples"):
        ctbs *= (sps[name] + (1 << log2_size) - 1) >> log2_size
    long_term = [value for _, name, _, value in unit if name == "used_by_curr_pic_lt_flag"]
    long_term += [sps["used_by_curr_pic_lt_sps_flag"][value]
                  for _, name, _, value in unit if name == "lt_idx_sps"]
    if first(unit, "num_long_term_sps") and not any(u[1] == "lt_idx_sps" for u in unit):
        long_term += sps["used_by_curr_pic_lt_sps_flag"][:1] * first(unit, "num_long_term_sps")
    total = sum(used for _, used in current_set(unit, sps)[0]) + sum(long_term)
    values = [ctbs] + [(sps | pps).get(name, 0) for name in (
        "chroma_format_idc", "separate_colour_plane_flag", "log2_max_pic_order_cnt_lsb_minus4",
        "num_short_term_ref_pic_sets", "long_term_ref_pics_present_flag",
        "num_long_term_ref_pics_sps", "sps_temporal_mvp_enabled_flag",
        "sample_adaptive_offset_enabled_flag", "dependent_slice_segments_enabled_flag",
        "output_flag_present_flag", "num_extra_slice_header_bits", "cabac_init_present_flag",
        "num_ref_idx_l0_default_active_minus1", "num_ref_idx_l1_default_active_minus1",
        "weighted_pred_flag", "weighted_bipred_flag", "tiles_enabled_flag",
        "entropy_coding_sync_enabled_flag", "pps_slice_chroma_qp_offsets_present_flag",
        "deblocking_filter_override_enabled_flag", "pps_deblocking_filter_disabled_flag",
        "pps_beta_offset_div2", "pps_tc_offset_div2",
        "pps_loop_filter_across_slices_enabled_flag", "lists_modification_present_flag",
        "slice_segment_header_extension_present_flag")]
    values += [bits_in(unit, SHORT_TERM), total]
    return " ".join(map(str, values)) + " " + nal.hex()


def jobs_of(units, nals):
    """(input line, expectation) of every slice segment that the trace holds."""
    sps, pps, jobs = {}, {}, []
    for unit in units:
        kind = first(unit, "nal_unit_type")
        values = {name: value for _, name, _, value in reversed(unit)}
        if kind == 33:
            sets = Sets()
            sets.read(unit)
            values["sets"] = sets.sets
            values["used_by_curr_pic_lt_sps_flag"] = [
                value for _, name, _, value in unit if name == "used_by_curr_pic_lt_sps_flag"]
            sps[values["sps_seq_parameter_set_id"]] = values
        elif kind == 34:
            pps[values["pps_pic_parameter_set_id"]] = values
        elif kind <= 21:
            nal = nal_of(unit, nals)
            pps_of_slice = pps.get(first(unit, "slice_pic_parameter_set_id"))
            if nal is None or pps_of_slice is None:
                break
            sps_of_slice = sps[pps_of_slice["pps_seq_parameter_set_id"]]
            jobs.append((line_for(unit, sps_of_slice, pps_of_slice, nal),
                         expectation(unit, sps_of_slice, nal)))
    return jobs


def encode(directory):
    for name, options in CLIPS.items():
        path = os.path.join(directory, name + ".265")
        done = subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
             "testsrc2=size=160x128:rate=25,fade=in:0:15", "-frames:v", "24", "-c:v", "libx265",
             "-x265-params", "log-level=none:pools=1:" + options, path], check=False)
        if done.returncode == 0:
            yield path


if __name__ == "__main__":
    sys.exit(main(Codec("hevc", lambda nal: nal[0] >> 1 & 0x3f <= 21, jobs_of, encode)))
