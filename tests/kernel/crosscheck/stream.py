# SPDX-License-Identifier: MIT
"""What is known of a stream without either client: its codec, its raw form, its slice headers."""
import functools
import os
import re
import subprocess
from dataclasses import dataclass, field

CODEC_NAMES = {"mpeg2video": "mpeg2", "h264": "h264", "hevc": "hevc", "vp8": "vp8", "vp9": "vp9",
               "av1": "av1"}
#: Pixels either way that whole macroblocks of at least 16 or 64 may show; 64 for the others
#: (visl-video.c).
SMALLEST = {"mpeg2": 1, "h264": 49, "vp8": 49}
RAW_FORMATS = {"h264": ("h264", "h264_mp4toannexb"), "hevc": ("hevc", "hevc_mp4toannexb"),
               "mpeg2": ("mpeg2video", None)}


def codec_of(path):
    """The codec of the first video stream, by content; None when there is none of ours."""
    codec, _ = _probe(path)
    return codec


@functools.lru_cache(maxsize=None)
def _probe(path):
    out = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                          "stream=codec_name:format=format_name", "-of", "default=nk=1:nw=1", path],
                         text=True, check=False, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL).stdout.split("\n")
    return CODEC_NAMES.get(out[0].strip()), out[1].strip() if len(out) > 1 else ""


@functools.lru_cache(maxsize=None)
def picture(path):
    """(width, height, sample format) of the first video stream: 0, 0 and "" where they are unknown."""
    out = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                          "stream=width,height,pix_fmt", "-of", "csv=p=0", path], text=True,
                         check=False, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL).stdout.split("\n")
    width, height, pixels = (out[0].strip(" ,").split(",") + ["", "", ""])[:3]
    return (int(width) if width.isdigit() else 0, int(height) if height.isdigit() else 0,
            "" if pixels == "unknown" else pixels)


def out_of_scope(path, codec):
    """Why a driver that believes visl refuses the stream (the oracle does not ask): its pictures are
    smaller than the smallest that visl offers, or of another format than its only one. None: it has
    to decode it."""
    width, height, pixels = picture(path)
    if width and height and min(width, height) < SMALLEST.get(codec, 64):
        return "smaller than the smallest picture that visl offers"
    if pixels and not re.fullmatch("yuvj?420p", pixels):
        return f"visl has no format for {pixels}"
    return None


def raw(path, codec, directory, name):
    """The path of the stream's raw form: of a container, a copy in `directory`. Both clients then
    read the same pictures, whatever their demuxers think of edit lists and broken indices."""
    _, container = _probe(path)
    if codec not in RAW_FORMATS or container in ("h264", "hevc", "mpegvideo"):
        return path
    form, bsf = RAW_FORMATS[codec]
    target = os.path.join(directory, f"{name}.{form}")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", path, "-map", "0:v:0", "-c",
                    "copy", *(["-bsf:v", bsf] if bsf else []), "-f", form, target],
                   check=False, stderr=subprocess.DEVNULL)
    return target if os.path.exists(target) and os.path.getsize(target) else path


@dataclass
class Slice:
    """The syntax elements of one H.264 slice header (7.3.3), as FFmpeg's parser prints them."""

    elements: dict = field(default_factory=dict)

    def __getitem__(self, name):
        return self.elements.get(name, 0)

    def uses_default(self, n):
        """Whether the slice takes the PPS's num_ref_idx_lN_default_active_minus1 (7.4.3)."""
        kind = self["slice_type"] % 5  # 0 P, 1 B, 2 I, 3 SP, 4 SI
        needs = kind in (0, 1, 3) if n == 0 else kind == 1
        return needs and not self["num_ref_idx_active_override_flag"]


# A change of one of these starts a new picture (7.4.1.2.4).
_PICTURE = ("nal_unit_type", "frame_num", "field_pic_flag", "bottom_field_flag", "idr_pic_id",
            "pic_order_cnt_lsb", "delta_pic_order_cnt_bottom", "delta_pic_order_cnt[0]")


def h264_slices(path):
    """The slice headers of an H.264 stream in order, each with the highest profile_idc so far and with
    constraint_set1_flag, if all sequence parameter sets so far have it."""
    out = subprocess.run(["ffmpeg", "-nostdin", "-v", "trace", "-i", path, "-map", "0:v:0", "-c",
                          "copy", "-bsf:v", "trace_headers", "-f", "null", "-"], check=False,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    slices, current, profile, constrained = [], None, 0, 1
    for line in out.decode("ascii", "replace").splitlines():
        found = re.match(r"\[trace_headers @ \w+\] (?:(Slice Header)|([A-Z].*)|"
                         r"\d+ +([a-z]\S*).* = (-?\d+))\s*$", line)
        if not found:
            continue
        if found[1]:
            current = Slice({"profile_idc": profile, "constraint_set1_flag": constrained})
            slices.append(current)
        elif found[2]:
            current = None
        elif found[3] == "profile_idc":
            profile = max(profile, int(found[4]))
        elif found[3] == "constraint_set1_flag":
            constrained &= int(found[4])
        elif current is not None:
            current.elements.setdefault(found[3], int(found[4]))
    return slices


def h264_pictures(slices):
    """Groups slices into pictures (frames or fields)."""
    pictures = []
    for one in slices:
        key = tuple(one[name] for name in _PICTURE) + (one["nal_ref_idc"] == 0,)
        if not pictures or one["first_mb_in_slice"] == 0 or key != pictures[-1][0]:
            pictures.append((key, []))
        pictures[-1][1].append(one)
    return [group for _, group in pictures]


def annotate(jobs, path, codec, mode, late=False, client=""):
    """Tells each job which slices it decodes, where the stream's own count of them agrees; a job
    without slices excuses nothing. late: the client may begin elsewhere than the stream's parser:
    the last jobs are the last pictures, where every one has as many slices as its data. client: of
    the driver, which has habits: FFmpeg
    knows only Constrained Baseline, and decodes what is not that as a higher profile."""
    if codec != "h264":
        return
    slices = h264_slices(path)
    for job in jobs:
        job.baseline = bool(slices) and all(one["profile_idc"] == 66 for one in slices)
        job.raised = job.baseline and client == "ffmpeg" and not slices[-1]["constraint_set1_flag"]
    groups = [[one] for one in slices] if mode == "slice" else h264_pictures(slices)
    count = min(len(jobs), len(groups)) if late else len(jobs)
    last = list(zip(jobs[len(jobs) - count:], groups[len(groups) - count:]))
    if late and any(job.data.count(b"\0\0\1") != len(group) for job, group in last):
        return
    if late or len(groups) == len(jobs):
        for job, group in last:
            job.slices = group
