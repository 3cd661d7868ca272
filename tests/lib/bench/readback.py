# SPDX-License-Identifier: MIT
"""vaGetImage and vaDeriveImage against memcpy, for each layout that the driver reads."""

import re

from bench import replays, streams
from bench.table import Table

#: (layout, stream, personality, environment of the virtual decoder).
LAYOUTS = (
    ("NV12", streams.Stream("h264"), "hantro", {}),
    ("NV12M (two buffers)", streams.Stream("h264"), "two-buffers", {}),
    ("MM21 (tiles of 16x32)", streams.Stream("h264"), "mtk", {}),
    ("NV12_32L32 (tiles of 32x32)", streams.Stream("h264"), "cedrus-a20", {}),
    ("P010", streams.Stream("hevc", depth=10), "hantro", {}),
    ("NV15 (packed 10 bits)", streams.Stream("hevc", depth=10), "rkvdec", {}),
)


def measure():
    table = Table("readback", "Reading a 1080p picture (microseconds; fastest of 15)",
                  ["decoder's layout", "call", "as", "us", "memcpy of as many bytes", "times"],
                  bars=("times",))
    for layout, stream, personality, env in LAYOUTS:
        run = replays.replay(stream, "readback", personality, options=("frames=1", "skip=8"),
                             counted=False, **env)
        took = {}
        for line in run.lines:
            found = re.fullmatch(r"(get|copy|derive|derive-copy) (.{4}) \d+ bytes ([\d.]+) us", line)
            if found:
                took[found.group(1), found.group(2)] = float(found.group(3))
        for (call, name), seconds in took.items():
            base = took.get(({"get": "copy", "derive": "derive-copy"}.get(call), name))
            if base:
                table.rows.append([layout, {"get": "vaGetImage", "derive": "vaDeriveImage"}[call],
                                   name, seconds, base, seconds / base])
    return [table]
