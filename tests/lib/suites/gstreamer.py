# SPDX-License-Identifier: MIT
"""The streams once more through GStreamer's VA-API decoders: another client, the same frames."""

import make
from results import Case, Skip
from suites import helpers, virtdec

#: One frame-based and one slice-based device.
PERSONALITIES = ("hantro", "cedrus")

#: Devices with tiles, for the clips alone.
TILED = ("mtk", "cedrus-a20")

#: Where GStreamer itself does not make the frames that FFmpeg makes, and why.
OTHERWISE = {
    "h264_turns_422.264": "decodes in part: a test of the comparison",
    "mpeg2_changes_size.m2v": "FFmpeg loses a frame at each change of size, GStreamer does not",
    "cat_res_change.m2v": "FFmpeg loses a frame at each change of size, GStreamer does not",
    "test7_cut.mkv": "GStreamer's demuxer ends the cut file after 24 frames",
    "hevc_still_picture.hevc": "GStreamer wants a profile that VA-API does not have",
    "hevc_late_start.mkv": "GStreamer waits for the first key frame",
    "hevc_lost_picture.mkv": "GStreamer conceals a missing reference in its own way",
    "dovi-p81.mp4": "GStreamer breaks off at Dolby Vision's NAL units, before the driver sees any",
    "av1-1-b8-22-svc-L2T1.mp4": "GStreamer puts out the frames of both spatial layers",
    "h264_monochrome.264": "gstreamer-vaapi wants surfaces without chroma",
    "h264_monochrome_interlaced.264": "gstreamer-vaapi wants surfaces without chroma",
    "h264_changes_monochrome.264": "gstreamer-vaapi wants surfaces without chroma",
    "jm_mono400_high.264": "gstreamer-vaapi wants surfaces without chroma",
    "jm_redundant_baseline.264": "GStreamer decodes redundant pictures as well",
}


def _case(name, path, personality):
    def run():
        if name in OTHERWISE:
            raise Skip(OTHERWISE[name])
        return virtdec.check(path, personality, False, client="gstreamer")

    return Case(f"{personality}/{name}", run)


def _made_clips():
    """Paths of the clips by name, without those that everything has to refuse. One that cannot be
    made is left out here: the suite `virtdec` fails for it."""
    wanted = [clip for clip in virtdec.clips() if not clip.refuse]
    return {clip.name: made for clip, made in make.make_all(wanted)
            if not isinstance(made, RuntimeError)}


def cases():
    # What has to be refused is left out, for there GStreamer asks for the profile and no more; and so
    # is what turns to something refused, which GStreamer passes over.
    listed = [helpers.build_case("")]
    clips = _made_clips()
    for personality in PERSONALITIES + TILED:
        # One run alone writes the plugin registry that the others read.
        first = _case("registry", clips["h264_part_small.264"], personality)
        listed.append(Case(first.name, first.run, alone=True))
    for personality in PERSONALITIES + TILED:
        listed += [_case(name, path, personality) for name, path in clips.items()
                   if not virtdec.beyond(path, personality)
                   and not virtdec.breaks_off(name, personality)]
    for personality in PERSONALITIES:
        listed += [_case(stream.path.name, stream.path, personality)
                   for stream in virtdec.streams()
                   if not stream.decode_errors and not virtdec.must_refuse(stream, personality)]
    return listed
