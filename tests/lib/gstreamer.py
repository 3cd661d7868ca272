# SPDX-License-Identifier: MIT
"""GStreamer's VA-API decoders as a second client: another parser and another way to fill buffers.

The pipeline names the hardware decoder, so GStreamer has no software to fall back to.
"""

import hashlib
import tempfile
import time
from pathlib import Path

import ffmpeg
import tools

ELEMENTS = {"h264": "vaapih264dec", "mpeg2video": "vaapimpeg2dec", "vp8": "vaapivp8dec",
            "vp9": "vaapivp9dec", "hevc": "vaapih265dec", "av1": "vaapiav1dec"}

#: From the decoder's memory to what the sink takes: planes and samples are moved, and nothing is
#: computed. (The sink takes NV12 itself, but writes it byte by byte: 14 s for 60 frames of 1080p.)
MOVED = ("videoconvert", "chroma-mode=none", "dither=none", "!")
EIGHT_BITS = ("video/x-raw,format=NV12", "!", *MOVED, "video/x-raw,format=I420")
TEN_BITS = ("video/x-raw,format=P010_10LE", "!", *MOVED, "video/x-raw,format=I420_10LE")


def _environment(env, render_node, registry):
    # What the plugin offers depends on the driver: each device has a plugin registry of its own.
    return {**env, "GST_VAAPI_ALL_DRIVERS": "1", "GST_VAAPI_DRM_DEVICE": render_node,
            "GST_REGISTRY": str(registry), "XDG_RUNTIME_DIR": tempfile.gettempdir(),
            "GST_DEBUG_NO_COLOR": "1"}


def _split(raw, sizes):
    """The MD5s of the frames in `raw`, which are as long as software's; a rest makes a last frame
    that equals none."""
    hashes, start = [], 0
    for size in sizes:
        if start >= len(raw):
            break
        hashes.append(hashlib.md5(raw[start:start + size]).hexdigest())
        start += size
    if start < len(raw):
        hashes.append(f"{len(raw) - start} bytes more")
    return hashes


def hardware(path, render_node, env, truth, limit=0, cropping=True, progress=None):
    """ffmpeg.Decode of `path` by the driver that `env` selects. `truth` is software's Decode:
    GStreamer writes planar frames one after the other, and their sizes come from there."""
    del progress
    if not cropping:
        raise ValueError("GStreamer always crops")
    info = ffmpeg.probe(path)
    element = ELEMENTS.get(info.codec, "fakesink")
    downloaded = TEN_BITS if info.pix_fmt == "yuv420p10le" else EIGHT_BITS
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "frames"
        registry = tools.build_root() / f"gst-{env.get('VIRTDEC_PERSONALITY', 'real')}.registry"
        command = ["gst-launch-1.0", "-q", "filesrc", f"location={path}", "!", "parsebin", "!",
                   element, "!", *downloaded, "!", "videocodectestsink",
                   f"location={raw}"]
        start = time.monotonic()
        done = tools.run(command, env=_environment(env, render_node, registry))
        seconds = time.monotonic() - start
        data = raw.read_bytes() if raw.exists() else b""
    hashes = _split(data[:sum(truth.sizes)] if limit else data, truth.sizes)
    return ffmpeg.Decode(hashes, list(truth.sizes[:len(hashes)]), done, seconds)


def driver_answered(log):
    """False when the driver's elements are not there at all."""
    return "no element" not in log


def refusal(log):
    """The reason for which the pipeline decoded nothing, or None."""
    if "not-linked" in log or "could not link" in log:
        return "the driver does not offer what the stream needs"
    if "not-negotiated" in log:
        return "the driver does not take the stream's format"
    return None


def va_error(log):
    """GStreamer reports no VA status: a pipeline that ended without a frame and without a word had
    every picture rejected."""
    return None if log.strip() else "every picture was rejected"


def fell_back(log):
    """A named decoder cannot be replaced."""
    del log
    return False


def never_offered(log):
    """GStreamer asks the driver when it lists its decoders, long before it sees a stream."""
    del log
    return False
