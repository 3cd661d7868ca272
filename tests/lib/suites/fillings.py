# SPDX-License-Identifier: MIT
"""Streams of H.264 from clients that fill VA's buffers differently (docs/players.md): Debian 13's
FFmpeg, the only one here that decodes High 10, and FFmpeg's buffers filled anew as GStreamer and
Chromium do (tests/va/refill.c)."""

import tempfile

import comparison
import devices
import make
import recipes
from results import Case, Failure
from suites import helpers

#: Clips for a client that knows High 10; of any other, one clip shows that it does not.
HIGH10 = tuple(name for name in recipes.CLIPS if name.startswith("h264_high10_"))
#: A frame-based device and a slice-based one; the latter is told weights.
BOTH, SLICED = ("hantro", "cedrus"), ("cedrus",)
#: Clips with explicit weights and with long-term references, and devices for them.
CHROMIUM = {"h264_weight_explicit_p.264": SLICED, "h264_weight_both.264": SLICED,
            "h264_long_term.264": BOTH, "h264_long_term_mbaff.264": BOTH}
#: Tags of the manifest's streams with what the clips lack, and the profiles that decode.
CHROMIUM_TAGS = {"mmco3": BOTH, "mmco6": BOTH, "weighted_bipred1": SLICED}
PROFILES = {"Constrained Baseline", "Main", "High"}


def _check(path, personality, filling=None, **options):
    """Fails unless `path` decodes identically on `personality` from a client with that filling."""
    made = helpers.must_build("")
    tests = made.path / "tests" / "va"
    # The driver as it is built with a libva that knows High 10 is needed by who knows it.
    driver = tests / "newer" if options.get("newer") else made.driver_dir
    device = devices.Device(personality, driver, made.virtdec)
    if filling is None:
        result = comparison.compare(path, device, **options)
    else:
        with tempfile.NamedTemporaryFile() as report:
            result = comparison.compare(
                path, device, preload=[tests / "librefill.so"],
                env={"REFILL": filling, "REFILL_REPORT": report.name}, **options)
            if not int(report.read() or 0):
                raise Failure("no buffer was filled anew")
    if result.outcome != comparison.IDENTICAL:
        raise Failure(result.text)
    return result.text


def _made(name):
    try:
        return make.make(recipes.CLIPS[name])
    except RuntimeError as error:
        raise Failure(str(error)) from error


def _high10(name, find):
    """Cases for a stream of High 10 whose path `find` returns."""
    return [Case(f"rkvdec/{client}/{name}",
                 lambda filling=filling: _check(find(), "rkvdec", filling, newer=True))
            for client, filling in (("ffmpeg-7.1", None), ("as-gstreamer", "gstreamer"))]


def _chromium(name, find, personalities):
    """Cases for a stream that Chromium decodes on `personalities`."""
    return [Case(f"{personality}/as-chromium/{name}",
                 lambda personality=personality: _check(find(), personality, "chromium"))
            for personality in personalities]


def clip_cases():
    """Cases for the self-made clips."""
    listed = []
    for name in ("h264_high10.264", *HIGH10):
        listed += _high10(name, lambda name=name: _made(name))
    for name, personalities in CHROMIUM.items():
        listed += _chromium(name, lambda name=name: _made(name), personalities)
    return listed


def stream_cases(stream):
    """Cases for a stream of the manifest."""
    if stream.codec != "h264" or stream.decode_errors or stream.should_refuse:
        return []
    if "10bit" in stream.tags:
        return _high10(stream.path.name, lambda: stream.path) if "c420" in stream.tags else []
    if stream.profile not in PROFILES or "field_pic" in stream.tags:
        return []
    wanted = {name for tag, names in CHROMIUM_TAGS.items() if tag in stream.tags for name in names}
    return _chromium(stream.path.name, lambda: stream.path, sorted(wanted))
