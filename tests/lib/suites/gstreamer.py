# SPDX-License-Identifier: MIT
"""The streams once more through GStreamer's VA-API decoders: another client, the same frames."""

import make
import recipes
from results import Case, Skip
from suites import helpers, virtdec

#: One frame-based and one slice-based device.
PERSONALITIES = ("hantro", "cedrus")

#: Where GStreamer itself does not make the frames that FFmpeg makes, and why.
OTHERWISE = {
    "h264_turns_422.264": "decodes in part: a test of the comparison",
    "mpeg2_changes_size.m2v": "FFmpeg loses a frame at each change of size, GStreamer does not",
    "cat_res_change.m2v": "FFmpeg loses a frame at each change of size, GStreamer does not",
    "test7_cut.mkv": "GStreamer's demuxer ends the cut file after 24 frames",
    "jm_redundant_baseline.264": "GStreamer decodes redundant pictures as well",
}


def _case(name, path, personality, refuse):
    def run():
        if name in OTHERWISE:
            raise Skip(OTHERWISE[name])
        target = path()
        return virtdec.check(target, personality, refuse or virtdec.beyond(target, personality),
                             client="gstreamer")

    return Case(f"{personality}/{name}", run)


def cases():
    listed = [helpers.build_case("")]
    # One run alone writes the plugin registry that the others read.
    listed += [Case(f"{personality}/registry", _case(
        "", lambda: make.make(recipes.CLIPS["h264_part_small.264"]), personality, False).run,
        alone=True) for personality in PERSONALITIES]
    for clip in recipes.CLIPS.values():
        listed += [_case(clip.name, lambda clip=clip: make.make(clip), personality, clip.refuse)
                   for personality in PERSONALITIES]
    for stream in virtdec.streams():
        if not stream.decode_errors:
            listed += [_case(stream.path.name, lambda stream=stream: stream.path, personality,
                             virtdec.must_refuse(stream, personality))
                       for personality in PERSONALITIES]
    return listed
