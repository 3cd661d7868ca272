# SPDX-License-Identifier: MIT
"""Bytes copied, allocations, locks and messages, and system calls over the virtual decoder."""

from bench import replays, streams
from bench.table import Table

#: (name, options of the replay, latency in microseconds): pictures that are done when they are
#: asked for, pictures that have to be waited for, and pictures that are asked for before the next
#: one is begun, as by a client that looks at each at once.
STATES = (("ready", ("settle=1", "frames=60"), 500), ("waiting", ("frames=90",), 2000),
          ("wanted at once", ("settle=1", "frames=60", "depth=0"), 500))


def measure():
    table = Table("copies", "What the driver does in the steady state, for each picture",
                  ["stream", "picture is", "system calls", "polls", "DQBUF too early",
                   "copies of the bitstream", "other bytes copied", "allocations", "locks",
                   "messages"], bars=("system calls",))
    for stream in streams.every_stream():
        for state, options, latency in STATES:
            run = replays.replay(stream, options=options, latency_us=latency)
            table.rows.append([stream.name, state, run.calls_per_picture, run.per_picture("poll"),
                               run.per_picture("nothing_yet"), run.copies,
                               run.per_picture("copied_other"), run.per_picture("allocations"),
                               run.per_picture("locks"), run.per_picture("messages")])
    return [table]
