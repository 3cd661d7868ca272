# SPDX-License-Identifier: MIT
"""What a picture costs as slices, streams and surfaces become more."""

from bench import callgrind, replays, streams
from bench.table import Table

SLICES, STREAMS, SURFACES_EVER = (1, 8, 64), (1, 4, 16), (0, 1000, 20000)


def _row(what, count, stream, options=()):
    run = replays.replay(stream, options=[*options, "settle=1", "frames=60"])
    instructions = sum(callgrind.per_picture(stream, 30, options))
    return [what, count, run.calls_per_picture, run.per_picture("locks"), run.copies,
            run.per_picture("allocations"), instructions]


def measure():
    table = Table("growth", "What a picture costs (H.264, 1080p)",
                  ["as these grow", "number", "system calls", "locks", "copies", "allocations",
                   "instructions"], bars=("instructions",))
    for count in SLICES:
        table.rows.append(_row("slices of a picture", count, streams.Stream("h264", slices=count)))
    for count in STREAMS:
        row = _row("streams", count, streams.Stream("h264"), (f"streams={count}",))
        # callgrind.per_picture() divides by the pictures of one stream.
        row[-1] /= count
        table.rows.append(row)
    for count in SURFACES_EVER:
        table.rows.append(_row("surfaces ever created", count,
                               streams.Stream("h264", (320, 240, 30)), (f"churn={count}",)))
    return [table]
