# SPDX-License-Identifier: MIT
"""Address and undefined-behaviour sanitizers over unit tests and decodes; valgrind over two."""

import re

import comparison
import ffmpeg
import make
import recipes
import tools
from results import Case, Failure, Skip
from suites import helpers, virtdec

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


def _decode_case(name, path, personality, refuse, conceals=False):
    def run():
        preload = _runtime()
        where = virtdec.device(personality, "sanitize")
        target = path() if callable(path) else path
        result = comparison.compare(target, where, 0, preload, OPTIONS, conceals=conceals)
        wanted = comparison.REFUSED if refuse or virtdec.beyond(target, personality) \
            else comparison.IDENTICAL
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


def valgrind_case(name):
    """A Case that decodes `name` under valgrind and wants no error and no leak from the driver."""

    def run():
        where = virtdec.device("hantro")
        path = make.make(recipes.CLIPS[name])
        command = ["valgrind", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible",
                   "--errors-for-leak-kinds=definite", "--keep-debuginfo=yes", "--num-callers=30",
                   "--error-limit=no",
                   *ffmpeg.hardware_command(path, where.render_node,
                                            ["-frames:v", "6", "-f", "null", "-"])]
        done = tools.run(command, env=where.env(), limit=600)
        if done.ending() and "ERROR SUMMARY" not in done.stderr:
            raise Failure(f"{done.ending()}\n{done.stderr[-3000:]}")
        ours = [block for block in re.split(r"\n==\d+== \n", done.stderr)
                if re.search(r"v4l2_request_drv_video|__vaDriverInit", block)
                and re.search(r"Invalid|uninitialised|lost in loss record", block)]
        if "frame=" not in done.stderr:
            raise Failure(f"nothing was decoded\n{done.stderr[-3000:]}")
        if ours:
            raise Failure(f"{len(ours)} findings, the first:\n{ours[0][:3000]}")

    return Case(f"valgrind/{name}", run)


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
        listed.append(_decode_case(name, lambda clip=clip: make.make(clip), "hantro", clip.refuse))
    for stream in virtdec.streams():
        # Broken streams and refused ones are where careless code shows.
        if stream.decode_errors or stream.should_refuse or "field_pic" in stream.tags:
            listed.append(_decode_case(stream.path.name, stream.path, "hantro",
                                       virtdec.must_refuse(stream, "hantro"),
                                       stream.decode_errors))
    if not virtdec.streams():
        listed.append(Case("broken-streams", _no_streams))
    return listed + [valgrind_case("h264_changes_size.264"), valgrind_case("mpeg2_b2.m2v")]


def _no_streams():
    raise Skip("no directory of test streams (TEST_VECTORS)")


