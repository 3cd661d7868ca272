# SPDX-License-Identifier: MIT
"""The comparison itself under test: each way of being wrong that it must notice."""

import tempfile

import comparison
import devices
import make
import recipes
from results import Case, Failure


def _expect_difference(path, device, clue, **options):
    result = comparison.compare(path, device, **options)
    if result.outcome != comparison.DIFFERS or clue not in result.text:
        raise Failure(f"wanted a difference ({clue!r}), got: {result.text}")
    return result.text


def wrong_pixel(device):
    """One pixel of one frame."""
    path = make.make(recipes.CLIPS["h264_part_small.264"])
    return _expect_difference(
        path, device, "differs at frame 7",
        then=r"drawbox=x=90:y=50:w=1:h=1:color=white:t=fill:enable=eq(n\,7)")


def lost_frame(device):
    """A frame that never comes out."""
    path = make.make(recipes.CLIPS["h264_part_small.264"])
    return _expect_difference(path, device, "differs at frame 4", then=r"select=not(eq(n\,4))")


def software_midway(device):
    """A client that changes to software in the middle of a stream."""
    return _expect_difference(make.make(recipes.CLIPS["h264_turns_422.264"]), device,
                              "fell back to software")


def software_only(device):
    """A client that finds no driver at all must not pass, and must not count as refused."""
    with tempfile.TemporaryDirectory() as empty:
        nowhere = devices.Device(device.name, empty, device.virtdec)
        return _expect_difference(make.make(recipes.CLIPS["h264_part_small.264"]), nowhere,
                                  "differs at frame 0")


def idle_device(device):
    """Frames that the device does not account for."""
    return _expect_difference(make.make(recipes.CLIPS["h264_part_small.264"]), device, "jobs",
                              env={"VIRTDEC_REPORT": "/dev/null"})


def cases(device):
    """The cases; `device()` gives the device to use."""
    return [Case(f"comparison/{check.__name__}", lambda check=check: check(device()))
            for check in (wrong_pixel, lost_frame, software_midway, software_only, idle_device)]
