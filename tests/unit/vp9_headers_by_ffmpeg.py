#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares src/codec/vp9_uncompressed_header.c with FFmpeg's trace_headers filter over real streams.

usage: vp9_headers_by_ffmpeg.py VP9_PRINT_HEADER [FILE...]

Every element of every frame header must be equal, and what persists from frame to frame must be
what clause 7.2 makes of the elements. Without FILE, the VP9 streams of the directory of test
streams are taken (TEST_VECTORS, default ../shared/vectors). FFmpeg's filter is a parser of its own,
written from the standard; this script keeps the state between its frames.
"""
import glob
import os
import re
import subprocess
import sys

import traces

MAX_PACKETS = 60
ELEMENT = re.compile(r"\] (\d+) +(\S+) +([01]*) = (-?\d+)$")

DEFAULT_DELTAS = {f"loop_filter_ref_deltas[{i}]": value for i, value in enumerate((1, 0, -1, -1))}
DEFAULT_DELTAS |= {f"loop_filter_mode_deltas[{i}]": 0 for i in range(2)}
NO_FEATURES = {"segmentation_abs_or_delta_update": 0}
NO_FEATURES |= {f"feature_{kind}[{i}][{j}]": 0
                for kind in ("enabled", "value") for i in range(8) for j in range(4)}
PLAIN = ("show_existing_frame", "frame_type", "show_frame", "error_resilient_mode", "intra_only",
         "reset_frame_context", "refresh_frame_flags", "allow_high_precision_mv",
         "refresh_frame_context", "frame_parallel_decoding_mode", "frame_context_idx",
         "loop_filter_level", "loop_filter_sharpness", "loop_filter_delta_enabled",
         "loop_filter_delta_update", "base_q_idx", "segmentation_enabled",
         "segmentation_update_map", "segmentation_temporal_update", "segmentation_update_data",
         "tile_cols_log2", "tile_rows_log2", "header_size_in_bytes")


def traced_frames(path):
    """The frame headers in order: (bits, {element: value})."""
    run = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-v", "verbose", "-i", path, "-map", "0:v:0",
         "-frames:v", str(MAX_PACKETS), "-c", "copy", "-bsf:v", "trace_headers", "-f", "null",
         "-"], stderr=subprocess.PIPE, check=False)
    frames, inside = [], False
    for line in run.stderr.decode(errors="replace").replace("\r", "\n").splitlines():
        line = line[line.find("[trace_headers"):] if "[trace_headers" in line else ""
        if re.search(r"\] (Frame|Superframe Index|Packet)", line):
            inside = line.endswith("] Frame")
            if inside:
                frames.append(["", {}])
            continue
        match = ELEMENT.search(line)
        if match and inside and match[2] != "zero_bit":
            frames[-1][0] += match[3]
            frames[-1][1][match[2]] = int(match[4])
    return frames


class State:
    """What holds from frame to frame (7.2), and the sizes of the eight reference slots."""

    def __init__(self):
        self.deltas, self.features, self.colour = dict(DEFAULT_DELTAS), dict(NO_FEATURES), {}
        self.sizes = [(1, 1)] * 8

    def expectation(self, e):
        """What the parser must print for the frame with the elements `e`."""
        out = {"profile": e["profile_low_bit"] + 2 * e["profile_high_bit"],
               "show_existing_frame": e["show_existing_frame"]}
        if e["show_existing_frame"]:
            return out | {"frame_to_show_map_idx": e["frame_to_show_map_idx"]}
        out |= {name: e.get(name, 0) for name in PLAIN}
        key = e["frame_type"] == 0
        resilient = e["error_resilient_mode"]
        intra = key or out["intra_only"]
        if key:
            out["refresh_frame_flags"] = 255
        out["frame_parallel_decoding_mode"] = e.get("frame_parallel_decoding_mode", 1)
        for i in range(3):
            out[f"ref_frame_idx[{i}]"] = e.get(f"ref_frame_idx[{i}]", 0)
            out[f"ref_frame_sign_bias[{i + 1}]"] = e.get(f"ref_frame_sign_bias[{i + 1}]", 0)
        out |= self.size(e)
        out["interpolation_filter"] = 0 if intra else 4 if e["is_filter_switchable"] else \
            e["raw_interpolation_filter_type"]
        if intra or resilient:
            self.deltas, self.features = dict(DEFAULT_DELTAS), dict(NO_FEATURES)
        self.deltas |= {name: e[name] for name in self.deltas if name in e}
        for name in ("delta_q_y_dc", "delta_q_uv_dc", "delta_q_uv_ac"):
            out[name] = e.get(f"{name}.delta_q", 0)
        for name, count, present in (("segmentation_tree_probs", 7, "segmentation_update_map"),
                                     ("segmentation_pred_prob", 3,
                                      "segmentation_temporal_update")):
            for i in range(count):
                coded = out[present] and e[f"{name}[{i}].prob_coded"]
                out[f"{name}[{i}]"] = e[f"{name}[{i}].prob"] if coded else 255
        if out["segmentation_update_data"]:
            self.features = {"segmentation_abs_or_delta_update":
                             e["segmentation_abs_or_delta_update"]}
            for i in range(8):
                for j in range(4):
                    value = e.get(f"feature_value[{i}][{j}]", 0)
                    sign = e.get(f"feature_sign[{i}][{j}]", 0)
                    self.features[f"feature_enabled[{i}][{j}]"] = e[f"feature_enabled[{i}][{j}]"]
                    self.features[f"feature_value[{i}][{j}]"] = -value if sign else value
        self.colour_of(e, out["profile"], key, out["intra_only"])
        for i in range(8):
            if out["refresh_frame_flags"] >> i & 1:
                self.sizes[i] = (out["frame_width"], out["frame_height"])
        return out | self.deltas | self.features | self.colour

    def size(self, e):
        """frame_size(), frame_size_with_refs() and render_size()."""
        width, height = e.get("frame_width_minus_1", 0) + 1, e.get("frame_height_minus_1", 0) + 1
        for i in range(3):
            if e.get(f"found_ref[{i}]"):
                width, height = self.sizes[e[f"ref_frame_idx[{i}]"]]
        different = e["render_and_frame_size_different"]
        return {"frame_width": width, "frame_height": height,
                "render_width": e["render_width_minus_1"] + 1 if different else width,
                "render_height": e["render_height_minus_1"] + 1 if different else height}

    def colour_of(self, e, profile, key, intra_only):
        """color_config(), and what an intra-only frame of profile 0 has instead."""
        if key or (intra_only and profile > 0):
            rgb = e["color_space"] == 7
            depth = (12 if e["ten_or_twelve_bit"] else 10) if profile >= 2 else 8
            inferred = 0 if rgb else 1
            self.colour = {"bit_depth": depth, "color_space": e["color_space"],
                           "color_range": e.get("color_range", 1),
                           "subsampling_x": e.get("subsampling_x", inferred),
                           "subsampling_y": e.get("subsampling_y", inferred)}
        elif intra_only:
            self.colour = {"bit_depth": 8, "color_space": 1, "color_range": 0, "subsampling_x": 1,
                           "subsampling_y": 1}


def compare(program, path):
    """(frames compared, message of the first difference or None)."""
    state, lines, expected = State(), ["stream"], []
    for bits, elements in traces.kept(path, traced_frames):
        if "show_existing_frame" not in elements or not (
                elements["show_existing_frame"] or "header_size_in_bytes" in elements):
            continue  # a header that is cut short
        want = state.expectation(elements)
        size = (len(bits) + 7) // 8
        data = int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")
        if not want["show_existing_frame"]:
            want["uncompressed_header_size"] = size
        expected.append(want)
        lines.append(f"{want.get('frame_width', 1)} {want.get('frame_height', 1)} "
                     f"{want.get('header_size_in_bytes', 0)} {data.hex()}")
    done = subprocess.run([program], input="\n".join(lines) + "\n", text=True, check=True,
                          stdout=subprocess.PIPE)
    printed = done.stdout.splitlines()
    if len(printed) != len(expected):
        return 0, f"{len(printed)} frames printed, {len(expected)} expected"
    for i, (want, line) in enumerate(zip(expected, printed)):
        got = dict(item.split("=") for item in line.split()) if "=" in line else {"error": line}
        for name in sorted(want.keys() | got.keys()):
            if str(want.get(name)) != got.get(name):
                return i, f"frame {i}: {name} is {got.get(name)}, the trace says {want.get(name)}"
    return len(expected), None


def main():
    """Compares all files; exits with 1 on a difference, 77 where there is nothing to compare."""
    program, files = sys.argv[1], sys.argv[2:]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    vectors = os.environ.get("TEST_VECTORS") or os.path.join(root, "..", "shared", "vectors")
    files = files or sorted(glob.glob(os.path.join(vectors, "*", "vp9", "*.*")))
    total, bad = 0, 0
    for path in files:
        frames, message = compare(program, path)
        total += frames
        if message:
            print(f"{os.path.basename(path)}: {message}")
            bad += 1
    print(f"{total} headers of {len(files)} streams, {bad} streams differ")
    sys.exit(1 if bad else 0 if total else 77)


if __name__ == "__main__":
    main()
