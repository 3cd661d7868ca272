# SPDX-License-Identifier: MIT
"""From a kernel trace to jobs: what the decoder was told each time that it ran."""
import struct
from dataclasses import dataclass, field

from . import ringbuffer

# The array controls that guest/ctrl_arrays.c records: id -> (codec, name of an element).
ARRAYS = {
    0xa40900 + 402: ("hevc", "v4l2_ctrl_hevc_slice_params"),
    0xa40900 + 407: ("hevc", "v4l2_ctrl_hevc_entry_point_offsets"),
    0xa40900 + 501: ("av1", "v4l2_ctrl_av1_tile_group_entry"),
}
ARRAY_MAGIC = b"v4l2arr\0"

OUTPUT_TYPES = (2, 10)  # V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
CAPTURE_TYPES = (1, 9)


@dataclass
class Job:
    """One run of the decoder."""

    codec: str        # "h264"
    controls: dict    # struct name (and [index] in an array) -> bytearray, as the kernel held it
    context: int      # which open file of the device
    timestamp: int    # of the OUTPUT buffer, which the CAPTURE buffer inherits; ns
    bytesused: int    # of the OUTPUT buffer
    capture: int      # index of the CAPTURE buffer that is done with this job, -1: none is
    picture: int = 0  # number of the picture this job decodes (a part of)
    pictures: dict = field(default_factory=dict)  # timestamp -> picture, as of this job
    slices: list = field(default_factory=list)    # stream.Slice; empty: not known
    slots_unread: bool = False                    # AV1: the last frame of all


def _codec(event):
    return event.split("_")[2]  # v4l2_ctrl_h264_sps


def _array_element(payload, codec, controls):
    """Adds an element that guest/ctrl_arrays.c recorded: "NAME[index]"."""
    at = payload.find(ARRAY_MAGIC)
    if at < 0:
        return
    ident, index, _, size = struct.unpack_from("<IIII", payload, at + len(ARRAY_MAGIC))
    owner, name = ARRAYS.get(ident, (None, None))
    if owner == codec:
        start = at + len(ARRAY_MAGIC) + 16
        controls.pop(name, None)  # visl's own record of the first element
        controls[f"{name}[{index}]"] = bytearray(payload[start:start + size])


def read_jobs(trace, formats):
    """The jobs of a trace (bytes of trace_pipe_raw) in decode order.

    A job is the control events followed by the completion of its CAPTURE buffer, unless that is
    held for the next job, and of its OUTPUT buffer, which carries the timestamp. Jobs that follow
    each other with one timestamp are parts of one picture (slices, fields): they share a CAPTURE
    buffer.
    """
    jobs, controls, codec, capture = [], {}, None, -1
    for event, payload in ringbuffer.events(trace, formats):
        if event.name == "print":
            _array_element(payload, codec, controls)
            continue
        if event.name == "vb2_buf_done":
            values = {name: int.from_bytes(payload[offset:offset + size], "little")
                      for name, (_, offset, size) in event.fields.items()}
            if controls and values["type"] in CAPTURE_TYPES:
                capture = values["index"]
            if controls and values["type"] in OUTPUT_TYPES:
                jobs.append(Job(codec, controls, values["owner"], values["timestamp"],
                                values["bytesused"], capture))
                controls, capture = {}, -1
            continue
        for kind, offset, size in event.fields.values():
            if kind.startswith("struct v4l2_ctrl_"):
                codec = _codec(event.name)
                controls[kind.split()[1]] = bytearray(payload[offset:offset + size])
    jobs = _drop_repeats(jobs)
    _number_pictures(jobs)
    if jobs:
        jobs[-1].slots_unread = True
    return jobs


# What an AV1 frame may be decoded again for: VA tells it only with the frame after it, when a
# client that did not wait for that has its picture already (src/decode/deferred.h).
AV1_LATE = "v4l2_ctrl_av1_frame"  # refresh_frame_flags is its last byte


def _drop_repeats(jobs):
    """AV1: of two jobs with one timestamp, alike but for refresh_frame_flags, the last counts."""
    kept = []
    for job in jobs:
        if kept and job.codec == "av1" and _repeats(kept[-1], job):
            kept.pop()
        kept.append(job)
    return kept


def _repeats(first, second):
    if (first.context, first.timestamp, first.bytesused) != (
            second.context, second.timestamp, second.bytesused):
        return False
    return _without_late(first.controls) == _without_late(second.controls)


def _without_late(controls):
    return {name: bytes(data[:-1] if name == AV1_LATE else data)
            for name, data in controls.items()}


def _number_pictures(jobs):
    """Counts pictures, and notes for each job which picture each timestamp stands for: as in the
    kernel, one that some CAPTURE buffer carries still."""
    last, picture = None, -1
    held = {}  # (context, index of a CAPTURE buffer) -> the timestamp and picture that it carries
    for job in jobs:
        if (job.context, job.timestamp) != last:
            picture += 1
            last = (job.context, job.timestamp)
        job.picture = picture
        job.pictures = {(context, timestamp): number
                        for (context, _), (timestamp, number) in held.items()}
        # A second field may reference the first one: the picture itself is known, too.
        job.pictures[job.context, job.timestamp] = picture
        if job.capture >= 0:
            held[job.context, job.capture] = (job.timestamp, picture)


def picture_of(job, timestamp):
    """The picture that a reference timestamp names, or -1 where no buffer carries it."""
    return job.pictures.get((job.context, timestamp), -1)


def patch(data, offset, value):
    """Stores a signed 64-bit value."""
    struct.pack_into("<q", data, offset, value)
