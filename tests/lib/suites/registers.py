# SPDX-License-Identifier: MIT
"""The kernel's own decoder drivers on simulated registers, compared with an independent client."""

import os
from pathlib import Path

import tools
from results import Case, Failure
from suites import helpers

#: Self-made clips of each codec, one of each feature that reaches a register.
CLIPS = ("mpeg2_b2.m2v", "mpeg2_interlaced_tff.m2v", "mpeg2_matrices.m2v",
         "mpeg2_odd_350x286.m2v", "mpeg2_interlaced_352x240.m2v",
         "h264_cabac_pyramid.264", "h264_mbaff_tff.264", "h264_cqm_custom.264",
         "h264_weight_both.264", "h264_refs16.264", "h264_late_parameters.264",
         "h264_changes_size.264",
         "vp8_golden_altref.ivf", "vp8_segments.ivf",
         "vp9_segments_complexity.ivf", "vp9_tiles.ivf", "vp9_key_frames.ivf", "vp9_small_35x19.ivf",
         "vp9_profile2.ivf", "hevc_main.hevc", "hevc_weight_b.hevc", "hevc_deblocking_control.hevc",
         "hevc_main10.hevc", "av1_film_grain.ivf", "av1_changes_film_grain.ivf", "av1_part_plain.ivf",
         "av1_part_grain.ivf", "av1_tiles.ivf", "av1_10bit.ivf")
#: What the driver decodes, with the manifest's names.
CODECS = ("mpeg2", "h264", "vp8", "vp9", "hevc", "av1")
FORMATS = ("yuv420p", "yuvj420p", "yuv420p10le")
#: Baseline and not Constrained Baseline: FFmpeg decodes them as a higher profile, which is excused, or
#: sees them differently than GStreamer's parsers (client-errors.yaml).
BASELINE = ("jm_redundant_baseline.264", "Error_I_P.264", "brokensps.mp4", "MR2_TANDBERG_E.264",
            "Static.264", "jm_1080p_allslice.264", "test_vd_rc.264")
OUTSIDE = ("should_refuse", "monochrome", "no_sequence_ext")


def _vectors():
    directory = Path(os.environ.get("TEST_VECTORS", tools.ROOT.parent / "shared" / "vectors"))
    manifest = directory / "manifest.tsv"
    if not manifest.exists():
        return []
    rows = [line.split("\t") for line in manifest.read_text(encoding="utf-8").splitlines()]
    return [directory / row[0] for row in rows
            if row[2] in CODECS and row[4] in FORMATS and not any(o in row[10] for o in OUTSIDE)]


def _run(files, *options):
    made = helpers.must_build("")
    return helpers.reported_tests(
        ["tests/crosscheck", "--registers", "--lines", "--driver", made.driver_dir,
         *options, *map(str, files)], limit=7200)


def _quick(*options):
    done = helpers.python("tests/clips/make.py", *CLIPS)
    files = done.stdout.decode().split()
    if not files:
        raise Failure("no clips")
    return _run(files, *options)


def _hardware(*options):
    """Sizes, layouts, errors from hardware and lives of contexts on every device."""
    made = helpers.must_build("")
    return helpers.reported_tests(
        ["tests/kernel/check-hardware", *options, "--driver", made.driver_dir], limit=7200)


def cases():
    # "hardware" waits while the others compute.
    return [Case("hardware", _hardware),
            Case("quick", lambda: _quick("--changes")),
            Case("gst", lambda: _quick("--client", "gst"), alone=True, named=True)]


def full_cases():
    """Every stream in scope, on every device that decodes its codec."""
    gst = [path for path in _vectors() if path.name in BASELINE]
    # one of 8,160 slices takes four minutes on cedrus
    return [Case("vectors", lambda: _run(_vectors(), "--changes", "--seconds", "300"), alone=True),
            Case("vectors-gst", lambda: _run(gst, "--client", "gst"), alone=True),
            Case("hardware-full", lambda: _hardware("--full"), alone=True)]
