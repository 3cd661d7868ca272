#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares src/h264_slice_header.c with FFmpeg's trace_headers filter over real streams.

usage: h264_headers_by_ffmpeg.py H264_PRINT_HEADERS [FILE...]

Every element of every slice header, and the three bit sizes that the driver derives from their
positions, must be equal. Without FILE, streams are encoded with libx264, and those in the directory
of test streams are taken (TEST_VECTORS, default ../shared/vectors). FFmpeg's filter is a parser of
its own, written from the standard; its bit positions do not count emulation prevention.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

MAX_PACKETS = 60
NAL_BYTES = 2048  # enough for any header

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
ELEMENT = re.compile(r"\] (\d+) +(\w+)((?:\[\d+\])*) +([01]+) = (-?\d+)$")

CLIPS = {
    "cabac_b_pyramid_weights": "bframes=3:b-pyramid=normal:weightp=2:weightb=1:ref=4:keyint=12",
    "cavlc_slices": "cabac=0:slices=4:ref=2:bframes=0:keyint=8:no-deblock=1",
    "mbaff": "interlaced=1:bframes=2:ref=3:keyint=10",
    "long_references": "ref=16:bframes=8:b-adapt=0:keyint=40:deblock=2,-3",
}


def elements_of(line):
    """(position, name, bits, value) of a line of the trace, or None."""
    match = ELEMENT.search(line)
    if not match:
        return None
    name = match[2] + (match[3] if match[2] == "delta_pic_order_cnt" else "")
    return int(match[1]), name, match[4], int(match[5])


def traced_units(path):
    """The traced units in order: (heading, [elements])."""
    run = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-v", "verbose", "-f", "h264", "-i", path,
         "-frames:v", str(MAX_PACKETS), "-c", "copy", "-bsf:v", "trace_headers", "-f", "null",
         "-"], stderr=subprocess.PIPE, check=False)
    units = []
    for line in run.stderr.decode(errors="replace").splitlines():
        if "[trace_headers" not in line:
            continue
        element = elements_of(line)
        if element and element[1] != "cabac_alignment_one_bit":  # of slice_data()
            if element[0] == 0:
                units.append([])
            if units:
                units[-1].append(element)
    return units


def slices_of(path):
    """The NAL units of types 1 to 5 in an Annex B file."""
    with open(path, "rb") as file:
        data = file.read()
    for start in re.finditer(rb"\x00\x00\x01(?=.)", data, re.DOTALL):
        unit = data[start.end():start.end() + NAL_BYTES]
        end = re.search(rb"\x00\x00[\x00\x01]", unit)
        unit = unit[:end.start()] if end else unit
        if unit and 1 <= unit[0] & 0x1f <= 5:
            yield unit


def bits_of(nal):
    """The bits of a NAL unit without emulation prevention."""
    rbsp = nal.replace(b"\x00\x00\x03", b"\x00\x00")
    return "".join(f"{byte:08b}" for byte in rbsp)


def first(unit, name, default=0):
    return next((value for _, key, _, value in unit if key == name), default)


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


def jobs_of(path):
    """(input line, expectation) of every slice that the trace holds."""
    sps, pps, jobs = {}, {}, []
    nals = slices_of(path)
    for unit in traced_units(path):
        kind = first(unit, "nal_unit_type")
        values = {name: value for _, name, _, value in unit}
        if kind == 7:
            sps[values["seq_parameter_set_id"]] = values
        elif kind == 8:
            pps[values["pic_parameter_set_id"]] = values
        elif kind in (1, 5):
            # The filter leaves out what it cannot read, so look for the unit with these bits.
            bits = "".join(element[2] for element in unit)
            nal = next((nal for nal in nals if bits_of(nal).startswith(bits)), None)
            pps_of_slice = pps.get(first(unit, "pic_parameter_set_id"))
            if nal is None or pps_of_slice is None:
                break
            jobs.append((line_for(unit, sps[pps_of_slice["seq_parameter_set_id"]], pps_of_slice,
                                  nal), expectation(unit)))
    return jobs


def results_of(tool, lines):
    run = subprocess.run([tool], input="".join(line + "\n" for line in lines), text=True,
                         stdout=subprocess.PIPE, check=True)
    for line in run.stdout.splitlines():
        result = {}
        for word in line.split():
            name, _, value = word.partition("=")
            result.setdefault(name, []).append(int(value) if value else None)
        yield line, result


def compare(tool, path):
    """The number of slices compared, and a description of the first difference or None."""
    with tempfile.TemporaryDirectory() as work:
        stream = os.path.join(work, "stream.264")
        subprocess.run(["ffmpeg", "-nostdin", "-v", "quiet", "-i", path, "-map", "0:v:0", "-c",
                        "copy", "-frames:v", str(MAX_PACKETS), "-f", "h264", stream],
                       check=False)
        if not os.path.exists(stream):
            return 0, None
        jobs = jobs_of(stream)
    lines = [line for line, _ in jobs]
    for index, (line, result) in enumerate(results_of(tool, lines)):
        for name, values in jobs[index][1].items():
            if result.get(name) != values:
                return index, f"slice {index}: {name} is {values}, got {result.get(name)}: {line}"
    return len(jobs), None


def encode(directory):
    for name, options in CLIPS.items():
        path = os.path.join(directory, name + ".264")
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
                        "testsrc2=size=96x80:rate=25,fade=in:0:15", "-frames:v", "30", "-c:v",
                        "libx264", "-threads", "1", "-x264-params", options, path], check=True)
        yield path


def main():
    tool, files = sys.argv[1], sys.argv[2:]
    project = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    vectors = os.environ.get("TEST_VECTORS") or os.path.join(project, "../shared/vectors")
    failed = total = 0
    with tempfile.TemporaryDirectory() as directory:
        encoded = [] if files else list(encode(directory))
        others = files or sorted(glob.glob(os.path.join(vectors, "*/h264/*")))
        for path in encoded + others:
            count, difference = compare(tool, path)
            failed += difference is not None or (count == 0 and path in encoded)
            total += count
            print(f"{os.path.basename(path)}: {difference or f'{count} slice headers equal'}",
                  flush=True)
    print(f"{total} slice headers compared, {failed} streams with a difference")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
