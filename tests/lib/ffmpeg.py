# SPDX-License-Identifier: MIT
"""FFmpeg as the software truth and as a VA-API client: every frame's MD5, in its own size.

Both sides hash the same thing: the visible picture, planar, without padding, one MD5 a frame, no
scaling (`-noautoscale`) and no frame dropped or repeated (`-fps_mode passthrough`).
"""

import functools
import json
import re
import time
from dataclasses import dataclass

import debian13
import tools

OPTIONS = ["-hide_banner", "-nostdin", "-y"]
FFMPEG = ["ffmpeg", *OPTIONS]

#: What the client downloads for a software pixel format: the memory layout of the surface, and the
#: format whose bytes the software decoder produces.
DOWNLOAD = {
    "yuv420p": ("nv12", "yuv420p"),
    "yuvj420p": ("nv12", "yuvj420p"),
    "yuv420p10le": ("p010le", "yuv420p10le"),
}


def codec_name(table_name):
    """FFmpeg's name of a codec of the table."""
    return {"mpeg2": "mpeg2video"}.get(table_name, table_name)


@dataclass(frozen=True)
class Probe:
    """What ffprobe says of the first video stream; `codec` is None when there is none."""

    codec: str = None
    profile: str = ""
    pix_fmt: str = ""
    width: int = 0
    height: int = 0
    reorder: int = 0
    film_grain: bool = False
    monochrome: bool = False


@dataclass
class Decode:
    """One run of a decoder: the MD5 of each frame in output order, the bytes of each frame, how
    the run ended, and the seconds it took."""

    hashes: list
    sizes: list
    finished: tools.Finished
    seconds: float

    @property
    def log(self):
        return self.finished.stderr


@functools.lru_cache(maxsize=None)
def probe(path):
    """Probe of `path` (cached: the answer serves every device)."""
    done = tools.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_streams", "-of",
                      "json", path])
    try:
        streams = json.loads(done.stdout or b"{}").get("streams", [])
    except ValueError:
        streams = []
    if not streams:
        return Probe()
    first = streams[0]
    return Probe(first.get("codec_name"), first.get("profile", ""), first.get("pix_fmt", ""),
                 first.get("width", 0), first.get("height", 0), first.get("has_b_frames", 0),
                 bool(first.get("film_grain", 0)), _is_monochrome(path, first))


def _is_monochrome(path, stream):
    """Whether a stream is 4:0:0, which software decodes to 4:2:0 where it is H.264."""
    if stream.get("codec_name") != "h264" or not stream.get("profile", "").startswith("High"):
        return stream.get("pix_fmt", "").startswith("gray")
    done = tools.run(["ffmpeg", "-hide_banner", "-nostdin", "-i", path, "-map", "0:v:0", "-c",
                      "copy", "-frames:v", "1", "-bsf:v", "trace_headers", "-f", "null", "-"])
    return bool(re.search(r"chroma_format_idc +1 = 0\n", done.stderr))


def _decode(command, env=None, progress=None):
    start = time.monotonic()
    # A line of framemd5 output is some eighty bytes long: good enough for showing progress.
    done = tools.run(command, env=env, watch=progress and (lambda size: progress(size // 80)))
    seconds = time.monotonic() - start
    hashes, sizes = [], []
    for line in done.stdout.decode("ascii", "replace").splitlines():
        parts = [part.strip() for part in line.split(",")]
        if not line.startswith("#") and len(parts) == 6:
            sizes.append(int(parts[4]))
            hashes.append(parts[5])
    return Decode(hashes, sizes, done, seconds)


def _output(limit):
    count = ["-frames:v", str(limit)] if limit else []
    return ["-an", "-sn", "-dn", "-noautoscale", "-fps_mode", "passthrough", *count, "-f",
            "framemd5", "pipe:1"]


#: Options that end FFmpeg's software decode at the first error that the decoder reports, and at
#: the first one that it meets, be it one that it conceals without a word to its caller.
_STOP_AT_REPORTED = ("-xerror",)
_STOP_AT_ANY = ("-xerror", "-err_detect", "explode")


def _software_command(path, limit, *, cropping=True, stop=(), rotate=False, filters=None):
    return [*FFMPEG, "-v", "warning", *stop, "-threads", "1",
            "-flags", "bitexact", *_as_decoded(cropping, rotate), "-i", path, "-map", "0:v:0",
            *(["-vf", filters] if filters else []), *_output(limit)]


def _as_decoded(cropping, rotate=False):
    """Input options: whether the player's cropping and rotation are applied."""
    return [*([] if cropping else ["-apply_cropping", "0"]), *([] if rotate else ["-noautorotate"])]


_truths = {}


def software(path, limit=0, cropping=True, rotate=False, progress=None):
    """Decode of `path` by FFmpeg's software decoder (cached; treat the result as read-only).
    `limit`: frames at most, 0 for all. `cropping` False keeps the coded picture, `rotate` turns it
    as the container says. `progress` is called with the number of frames so far."""
    key = path, limit, cropping, rotate
    if key not in _truths:
        _truths[key] = _decode(_software_command(path, limit, cropping=cropping, rotate=rotate),
                               progress=progress)
    return _truths[key]


@functools.lru_cache(maxsize=None)
def starts_late(path):
    """True when the stream's first packet is no key frame."""
    done = tools.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-read_intervals", "%+#1",
                      "-show_entries", "packet=flags", "-of", "csv=p=0", path])
    return not done.stdout.startswith(b"K")


@functools.lru_cache(maxsize=None)
def intact_frames(path, limit=0, conceals=False):
    """How many leading frames software decodes before its first error; None without an error.
    `conceals`: the stream is known to have errors, and those that the decoder conceals count.

    A broken picture may be shown after pictures that were predicted from it, so the stream's
    reorder depth is taken off.
    """
    stop = _STOP_AT_ANY if conceals else _STOP_AT_REPORTED
    careful = _decode(_software_command(path, limit, stop=stop))
    if not careful.finished.status and careful.hashes == software(path, limit).hashes:
        return None
    # How many frames the stopping FFmpeg still writes differs from run to run; what a filter has
    # seen by then does not.
    stopped = _decode(_software_command(path, limit, stop=(*stop, "-v", "info", "-nostats"),
                                        filters="showinfo"))
    shown = len(re.findall(r"\] n: *\d+ pts:", stopped.log))
    return max(0, shown - probe(path).reorder)


@functools.lru_cache(maxsize=None)
def shown_before(path, coded):
    """How many leading frames were all coded before the picture of that number in coding order."""
    done = tools.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                      "frame=coded_picture_number", "-of", "csv=p=0", path])
    numbers = [int(line.split(",")[0]) for line in done.stdout.decode().split() if line[0].isdigit()]
    return next((n for n, number in enumerate(numbers) if number >= coded), len(numbers))


def lacks_references(log):
    """True when software found a reference picture missing, which it conceals without an error."""
    return "Could not find ref with POC" in log or "mmco: unref short failure" in log


def _hwaccel_flags(info, any_profile):
    # Baseline without FMO and ASO is what VA's Constrained Baseline decodes; FFmpeg only tries when
    # asked to. For any other profile the flag would hide that the driver does not offer it.
    if any_profile or info.profile == "Baseline":
        return ["-hwaccel_flags", "+allow_profile_mismatch"]
    return []


def _decoder(info):
    # FFmpeg prefers a decoder without VA-API for AV1.
    return ["-c:v", "av1"] if info.codec == "av1" else []


def _download(info):
    # The conversion to planar moves bytes and computes nothing. One range named on both sides
    # keeps the scaler from "correcting" full-range streams.
    memory, planar = DOWNLOAD.get(info.pix_fmt, ("nv12", "yuv420p"))
    return (f"hwdownload,format={memory},"
            f"scale=in_range=tv:out_range=tv:flags=accurate_rnd+bitexact,format={planar}")


def hardware_command(path, render_node, output, cropping=True, then="null", any_profile=False,
                     held=0, newer=False):
    """The VA-API client's command line with `output` options and the filter `then` at the end.
    With `any_profile` the client tries a stream whose profile VA-API does not have. `held`: so many
    frames are held until the end, each in a surface of its own. `newer`: Debian 13's FFmpeg, 7.1.

    The decoder is asked for VA surfaces and the filter takes nothing else, so a frame that software
    decoded ends the run with an error instead of passing for the driver's.
    """
    info = probe(path)
    # This filter passes each frame on at once, and keeps it to show it again.
    holder = f"loop=loop=1:size={held + 1}," if held else ""
    more = ["-extra_hw_frames", str(held)] if held else []
    program = [*debian13.command("ffmpeg"), *OPTIONS] if newer else FFMPEG
    return [*program, "-v", "verbose", *more, "-init_hw_device", f"vaapi=va:{render_node}", "-threads",
            "1", "-hwaccel", "vaapi", "-hwaccel_device", "va", "-hwaccel_output_format", "vaapi",
            *_hwaccel_flags(info, any_profile), *_decoder(info), *_as_decoded(cropping), "-i", path,
            "-map", "0:v:0", "-vf", f"{holder}{_download(info)},{then}", *output]


def hardware(path, render_node, env, truth, limit=0, cropping=True, progress=None, **options):
    """Decode of `path` by the driver that `env` selects; `options` go to hardware_command()."""
    del truth  # FFmpeg says itself how long each frame is
    return _decode(hardware_command(path, render_node, _output(limit), cropping, **options), env,
                   progress)


_REFUSALS = (
    (re.compile(r"Failed to create decode (configuration|context): \d+ \(([^)]*)\)"),
     "{0}: {1}"),
    (re.compile(r"No support for codec (\S+) profile (-?\d+)"),
     "the driver does not offer {0} profile {1}"),
    (re.compile(r"Codec (\S+) profile (-?\d+) not supported for hardware decode"),
     "VA-API has no {0} profile {1}"),
    (re.compile(r"Hardware does not support image size (\d+x\d+)"), "the driver refuses size {0}"),
)
_VA_ERROR = re.compile(r"Failed to ([^:\n]*): \d+ \(([^)]*)\)")
_SETUP_FAILED = "Failed setup for format vaapi: hwaccel initialisation returned error"
_SOFTWARE_FRAME = "Impossible to convert between the formats supported by the filter"


def driver_answered(log):
    """True when VA-API was initialised: the driver was found, loaded and answered."""
    return "VAAPI driver:" in log


def refusal(log):
    """The reason for which the client was sent back to software before a frame, or None."""
    for pattern, phrase in _REFUSALS:
        found = pattern.search(log)
        if found:
            return phrase.format(*found.groups())
    return None


def va_error(log):
    """The first error status of a driver's call that the client reports, or None."""
    found = _VA_ERROR.search(log)
    return f"{found.group(1)}: {found.group(2)}" if found else None


def fell_back(log):
    """True when the client gave VA-API up for software, be it in the middle of the stream."""
    return _SETUP_FAILED in log or _SOFTWARE_FRAME in log


def never_offered(log):
    """True when the client went to software without asking the driver: it does not know the
    stream's format on VA-API."""
    return _SOFTWARE_FRAME in log and _SETUP_FAILED not in log


_STACK = re.compile(r"^crash: stack\n((?:.*\[0x[0-9a-f]+\]\n?)+)", re.MULTILINE)


def died_of_itself(log):
    """True when the stack that a crash reporter printed shows the client dying in libavcodec, with
    no call into VA-API under way."""
    found = _STACK.search(log)
    objects = re.findall(r"^[^(\s]*?([^/(\s]*)\(", found.group(1), re.MULTILINE) if found else []
    # The innermost calls are the reporter's, and the C library's that called it.
    inner = [name for name in objects if not name.startswith(("libvirtdec_crash", "libc."))]
    return bool(inner) and inner[0].startswith("libavcodec") and not any(
        name.startswith(("libva", "v4l2_request_drv_video")) for name in inner)
