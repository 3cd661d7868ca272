# SPDX-License-Identifier: MIT
"""Address and undefined-behaviour sanitizers over unit tests and decodes; valgrind over clips of every
codec."""

import re

import comparison
import ffmpeg
import make
import recipes
import tools
from results import Case, Failure, Skip
from suites import helpers, under_valgrind, virtdec

#: Clips with the most ways through the driver: slices, fields, sizes, growth, refusal.
CLIPS = ("h264_cabac_pyramid.264", "h264_slice_max_size.264", "h264_mbaff_temporal.264",
         "h264_cqm_custom.264", "h264_big_frames.264", "h264_changes_size.264",
         "h264_late_start.mkv", "h264_422_refuse.264", "h264_weight_both.264",
         "mpeg2_b2.m2v", "mpeg2_interlaced_tff.m2v", "mpeg2_changes_size.m2v",
         "mpeg2_changes_matrices.m2v", "mpeg2_slices.m2v")

#: What hantro decodes all of: frames that are kept back and sent again, film grain, tiles, 10 bits.
AV1_CLIPS = ("av1_hidden_frames.ivf", "av1_film_grain.ivf", "av1_tile_groups.ivf",
             "av1_screen.ivf", "av1_10bit.ivf", "av1_still_picture.ivf", "av1_error_resilient.ivf",
             "av1_444_refuse.ivf")

OPTIONS = {
    # FFmpeg and its libraries are not ours to judge: valgrind looks for leaks of the driver.
    "ASAN_OPTIONS": "detect_leaks=0:halt_on_error=1:abort_on_error=0:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
}


def _runtime():
    """Paths of the sanitizer runtimes, which must be loaded before everything else."""
    names = []
    for library in ("libasan.so", "libubsan.so"):
        done = tools.run(["gcc", f"-print-file-name={library}"])
        names.append(done.stdout.decode().strip())
    return names


def _decode_case(name, path, personality, refuse, conceals=False, decodes_all=False):
    def run():
        preload = _runtime()
        where = virtdec.device(personality, "sanitize")
        target = path() if callable(path) else path
        result = comparison.compare(target, where, 0, preload, OPTIONS, conceals=conceals)
        refused = refuse or not decodes_all and virtdec.beyond(target, personality)
        wanted = comparison.REFUSED if refused else comparison.IDENTICAL
        if result.outcome != wanted:
            raise Failure(result.text + _findings(target, where, preload))
        return result.text

    return Case(f"{personality}/{name}", run)


def _findings(path, where, preload):
    """What a sanitizer printed in a repeated run."""
    env = {**where.env(preload=preload), **OPTIONS}
    log = ffmpeg.hardware(path, where.render_node, env, None).log
    found = re.search(r"(?:.*runtime error:|=+\d+=+ERROR).*(?:\n.*){0,25}", log)
    return f"\n{found.group(0)}" if found else ""


def _unit():
    return helpers.meson_tests("sanitize", env={**OPTIONS, "ASAN_OPTIONS": "exitcode=99"})


def cases():
    listed = [helpers.build_case("sanitize"), helpers.build_case(""), Case("unit", _unit)]
    for name in CLIPS:
        clip = recipes.CLIPS[name]
        for personality in ("cedrus", "hantro" if "changes" in name or "mpeg2" in name else "mtk"):
            listed.append(_decode_case(name, lambda clip=clip: make.make(clip), personality,
                                       clip.refuse))
    for name in AV1_CLIPS:
        clip = recipes.CLIPS[name]
        listed.append(_decode_case(name, lambda clip=clip: make.make(clip), "hantro", clip.refuse,
                                   True))
    for stream in virtdec.streams():
        # Broken streams and refused ones are where careless code shows.
        if stream.decode_errors or stream.should_refuse or "field_pic" in stream.tags:
            listed.append(_decode_case(stream.path.name, stream.path, "hantro",
                                       virtdec.must_refuse(stream, "hantro"),
                                       stream.decode_errors))
    if not virtdec.streams():
        listed.append(Case("broken-streams", _no_streams))
    return listed + under_valgrind.cases()


def _no_streams():
    raise Skip("no directory of test streams (TEST_VECTORS)")


