# SPDX-License-Identifier: MIT
"""The streams that are measured, and recordings of what a player asks of VA-API for each."""

import os
import threading
from dataclasses import dataclass

import devices
import ffmpeg
import tools
from suites import helpers

_lock = threading.RLock()

#: (width, height) -> pictures. Replays go round: a clip needs to be no longer than a few groups.
SIZES = {"1080p": (1920, 1080, 30), "2160p": (3840, 2160, 10)}

#: codec -> (suffix, encoder options).
CODECS = {
    "mpeg2video": (".m2v", ["-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-b:v", "15M"]),
    "h264": (".264", ["-c:v", "libx264", "-preset", "ultrafast", "-x264-params",
                      "keyint=15:bframes=2:ref=3:cabac=1:slices={slices}:threads=1"]),
    "hevc": (".265", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
                      "keyint=15:bframes=2:slices={slices}:pools=none:frame-threads=1:"
                      "log-level=none"]),
    "vp8": (".ivf", ["-c:v", "libvpx", "-g", "15", "-deadline", "realtime", "-cpu-used", "16",
                     "-b:v", "8M"]),
    "vp9": (".ivf", ["-c:v", "libvpx-vp9", "-g", "15", "-deadline", "realtime", "-cpu-used", "8",
                     "-b:v", "8M"]),
    "av1": (".ivf", ["-c:v", "libaom-av1", "-g", "15", "-usage", "realtime", "-cpu-used", "8",
                     "-b:v", "8M", "-row-mt", "0"]),
}


@dataclass(frozen=True)
class Stream:
    """One clip: `codec` is FFmpeg's name, `size` a key of SIZES or (width, height, pictures)."""

    codec: str
    size: object = "1080p"
    slices: int = 1
    depth: int = 8

    @property
    def geometry(self):
        return SIZES[self.size] if isinstance(self.size, str) else self.size

    @property
    def name(self):
        width, height, _ = self.geometry
        return f"{self.codec}-{width}x{height}" \
               f"{f'-{self.slices}-slices' if self.slices > 1 else ''}" \
               f"{f'-{self.depth}-bits' if self.depth > 8 else ''}"

    @property
    def personality(self):
        """The first personality that decodes it."""
        return "hantro"


def every_stream():
    """One stream of each codec in each size; MPEG-2 decoders end at 1080p."""
    return [Stream(codec, size) for size in SIZES for codec in CODECS
            if (codec, size) != ("mpeg2video", "2160p")]


def directory():
    """Where clips and recordings are kept."""
    path = tools.build_root() / "bench"
    path.mkdir(parents=True, exist_ok=True)
    return path


def clip(stream):
    """Encodes the clip, once; returns its path."""
    with _lock:
        return _clip(stream)


def _clip(stream):
    suffix, options = CODECS[stream.codec]
    path = directory() / f"{stream.name}{suffix}"
    if not path.exists():
        width, height, pictures = stream.geometry
        partial = path.with_name(f"partial-{os.getpid()}-{path.name}")
        layout = "yuv420p10le" if stream.depth > 8 else "yuv420p"
        options = [option.format(slices=stream.slices) for option in options]
        helpers.succeed([*ffmpeg.FFMPEG, "-v", "error", "-f", "lavfi", "-i",
                         f"testsrc2=size={width}x{height}:rate=25", "-frames:v", str(pictures),
                         "-pix_fmt", layout, "-threads", "1", *options, partial], limit=600)
        os.replace(partial, path)
    return path


def key_frame_share(stream):
    """How much of the clip's data is in key frames, 0 to 1."""
    done = helpers.succeed(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                            "packet=size,flags", "-of", "csv=p=0", clip(stream)])
    packets = [line.split(",") for line in done.stdout.decode().split()]
    return (sum(int(size) for size, flags, *_ in packets if "K" in flags)
            / sum(int(size) for size, *_ in packets))


def recording(stream, personality=None):
    """Records what FFmpeg asks of VA-API for the clip, once; returns the recording's path."""
    with _lock:
        return _recording(stream, personality or stream.personality)


def _recording(stream, personality):
    target = directory() / f"{stream.name}-{personality}.rec"
    if target.exists():
        return target
    made, path = helpers.must_build(), clip(stream)
    device = devices.Device(personality, made.driver_dir, made.virtdec)
    env = device.env()
    partial = target.with_name(f"partial-{os.getpid()}-{target.name}")
    env["LD_PRELOAD"] += f":{made.path / 'tests' / 'faults' / 'libva_record.so'}"
    env.update({"VA_RECORD": str(partial), "VIRTDEC_PIXELS": "none"})
    helpers.succeed(ffmpeg.hardware_command(path, device.render_node, ["-f", "null", "-"]),
                    env=env)
    os.replace(partial, target)
    return target
