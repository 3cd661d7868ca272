# SPDX-License-Identifier: MIT
"""Address and undefined-behaviour sanitizers over unit tests and decodes; valgrind over clips of every
codec."""

import re

import comparison
import ffmpeg
import make
import recipes
import tools
import valgrind
from results import Case, Failure, Skip
from suites import faults, helpers, virtdec

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


#: What is decoded under valgrind -> the personality: other sizes in between, slices and fields, a
#: request for each slice, frames that are kept back and sent again.
VALGRIND_CLIPS = {
    "h264_changes_size.264": "hantro",
    "h264_mbaff_slices_cqm.264": "hantro",
    "h264_slice_max_size.264": "cedrus",
    "mpeg2_b2.m2v": "hantro",
    "mpeg2_interlaced_tff.m2v": "cedrus",
    "mpeg2_changes_size.m2v": "hantro",
    "hevc_slices_wavefront.hevc": "cedrus",
    "vp8_golden_altref.ivf": "hantro",
    "vp9_hidden_frames.ivf": "hantro",
    "av1_hidden_frames.ivf": "hantro",
}

#: Exit status of tests/valgrind/without_rdtscp where the processor cannot be had without it.
CANNOT = 77


def _under_valgrind(name, wrapper=(), preload=()):
    """Plays `name` under valgrind with nothing of libavcodec in the process; returns Finished and the
    Build. `wrapper` is run around valgrind, `preload` is loaded besides."""
    made, personality = helpers.must_build(), VALGRIND_CLIPS[name]
    path = make.make(recipes.CLIPS[name])
    recording, truth = faults.record(path, path.stem, personality, coded=True)
    env = virtdec.device(personality).env()
    env["LD_PRELOAD"] = ":".join([env["LD_PRELOAD"], *map(str, preload)])
    memcheck = valgrind.command(
        "memcheck", "-v", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible",
        "--errors-for-leak-kinds=definite", "--keep-debuginfo=yes", "--num-callers=30",
        "--error-limit=no")
    done = tools.run([*wrapper, made.path / "tests" / "virtdec" / "virtdec_serve", *memcheck,
                      made.path / "tests" / "valgrind" / "play", recording, truth], env=env,
                     limit=600)
    return done, made


def _valgrind_case(name):
    """A Case that decodes `name` under valgrind and wants every picture right, no error and no
    leak."""

    def run():
        done, made = _under_valgrind(name)
        valgrind.check_memory(done, made)
        return done.stdout.decode().strip()

    return Case(f"valgrind/{name}", run)


def _without_rdtscp():
    """The wrapper that takes the instruction rdtscp out of what valgrind sees of the processor."""
    wrapper = helpers.must_build().path / "tests" / "valgrind" / "without_rdtscp"
    if not wrapper.exists():
        raise Skip("the processor is no x86")
    if tools.run([wrapper, "true"]).status == CANNOT:
        raise Skip("the processor cannot make CPUID fault")
    return [wrapper]


def _on_lesser_processor():
    """Nothing that is in the process needs an instruction that many virtual machines do not have."""
    done, made = _under_valgrind("mpeg2_b2.m2v", _without_rdtscp())
    valgrind.check_memory(done, made)
    return done.stdout.decode().strip()


def _refused_instruction():
    """Where something does need it, that is called valgrind's failure."""
    library = helpers.must_build().path / "tests" / "valgrind" / "librdtscp.so"
    done, _ = _under_valgrind("mpeg2_b2.m2v", _without_rdtscp(), [library])
    told = valgrind.ending(done)
    if not told or "valgrind could not run the program" not in told or "rdtscp" not in told:
        raise Failure(f"wanted a failure of valgrind, got: {told}\n{done.stderr[-2000:]}")
    return told.split("\n")[0]


def _whose_failure():
    """How the ends of programs are told apart, and what may be loaded."""
    refused = "==7== valgrind: Unrecognised instruction at address 0x1.\n==7==    at 0x1: f (in /l.so)\n"
    died = "==7== Process terminating with default action of signal {0}\n==7==  at 0x1: f (driver.so)\n"
    for status, log, wanted in (
            (-4, refused + died.format("4 (SIGILL)"), "valgrind could not run the program: ==7== "
             "valgrind: Unrecognised instruction at address 0x1.\n==7==    at 0x1: f (in /l.so)"),
            (1, "valgrind: failed to start tool 'memcheck' for platform 'amd64-linux': No such file",
             "valgrind could not run the program: valgrind: failed to start"),
            (-11, died.format("11 (SIGSEGV)"), "the program died under valgrind: ==7== Process "
             "terminating with default action of signal 11 (SIGSEGV)\n==7==  at 0x1: f (driver.so)"),
            (1, "==7== ERROR SUMMARY: 0 errors from 0 contexts\n", "exit status 1"),
            (0, "==7== ERROR SUMMARY: 0 errors from 0 contexts\n", None)):
        told = valgrind.ending(tools.Finished(status, b"", log))
        if told != wanted and not (wanted and told and told.startswith(wanted)):
            raise Failure(f"{log!r} is told as {told!r}")
    for log in ("", "==7== ERROR SUMMARY: 1 errors from 1 contexts\n",
                "--7-- Reading syms from /usr/lib/libavcodec.so.59.37.100\n"
                "==7== ERROR SUMMARY: 0 errors from 0 contexts\n"):
        try:
            valgrind.check_memory(tools.Finished(0, b"", log), helpers.must_build())
        except Failure:
            continue
        raise Failure(f"nothing is wrong with {log!r}")


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
    return [*listed, *map(_valgrind_case, VALGRIND_CLIPS),
            Case("valgrind/whose-failure", _whose_failure),
            Case("valgrind/refused-instruction", _refused_instruction),
            Case("valgrind/lesser-processor", _on_lesser_processor)]


def _no_streams():
    raise Skip("no directory of test streams (TEST_VECTORS)")


