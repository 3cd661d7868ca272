# SPDX-License-Identifier: MIT
"""What a self-made clip is, and the synthetic sources that the recipes share.

A Clip's `source` is a lavfi filter graph, `options` are FFmpeg's output options, or kvazaar's where
`size` is given, (width, height): then that encoder makes the stream. `parts` names
clips whose raw streams are joined instead of encoding anything. `edit` names the function of
the codec's CODEC_edits.py that changes the stream afterwards. `refuse` marks what lies outside
the driver's scope.
"""

from dataclasses import dataclass, field

FRAMES = 30


@dataclass(frozen=True)
class Clip:
    """One clip; `name` ends in the file's suffix, which also chooses the container."""

    name: str
    feature: str
    source: str = ""
    options: tuple = ()
    parts: tuple = ()
    edit: str = ""
    size: tuple = ()
    refuse: bool = False
    frames: int = FRAMES
    demo: bool = field(default=False)

    @property
    def codec(self):
        """The codec, as the table calls it."""
        return self.name.split("_", 1)[0]


def moving(size="352x288", rate=25):
    """Hard edges, moving objects and changing text."""
    return f"testsrc2=size={size}:rate={rate}"


def zooming(size="352x288"):
    """Fine detail that moves everywhere at once: long vectors and many partitions."""
    return f"mandelbrot=size={size}:rate=25:end_pts=200:start_scale=1.2"


def noisy(size="352x288"):
    """Detail that cannot be predicted: large slices and every coefficient position."""
    return moving(size) + ",noise=alls=40:allf=t+u:all_seed=7"


def fading(size="352x288"):
    """Brightness that changes from picture to picture: weighted prediction pays."""
    return moving(size) + ",fade=in:0:12,fade=out:16:12"


def interlaced(size="352x288"):
    """True interlaced material: two moments in one frame."""
    return moving(size, 50) + ",interlace=lowpass=off"

#: A ramp and an arch: no two neighbours alike, rows unlike columns: a wrong scan order shows.
RAMP16 = ",".join(str(10 + 3 * i) for i in range(16))
ARCH16 = ",".join(str(40 - 2 * abs(i - 6)) for i in range(16))
RAMP64 = ",".join(str(12 + i) for i in range(64))
ARCH64 = ",".join(str(60 - abs(i - 20)) for i in range(64))
