# SPDX-License-Identifier: MIT
"""From vaInitialize to the first picture, and vaInitialize with many media devices."""

from bench import replays, streams
from bench.table import Table

MEDIA_DEVICES = (1, 4, 16)
ROUNDS = 5


def _least(stream, name, options, **env):
    return min(replays.replay(stream, options=options, counted=False, **env)[name]
               for _ in range(ROUNDS))


def measure():
    first = Table("start", "From vaInitialize to the first picture (ms)",
                  ["stream", "vaInitialize", "then the first picture"],
                  bars=("vaInitialize", "then the first picture"),
                  note="The second includes reading the recording, a context, 16 surfaces' memory and the "
                       "virtual decoder's zeroing of it.")
    options = ("skip=1", "frames=1", "depth=0", "surfaces=16", "drain=1")
    for stream in streams.every_stream():
        first.rows.append([stream.name, _least(stream, "initialize_us", options) / 1000,
                           _least(stream, "warm_us", options) / 1000])
    many = Table("media", "vaInitialize with several media devices, each a whole decoder",
                 ["media devices", "ms", "system calls of the driver"], bars=("ms",))
    for count in MEDIA_DEVICES:
        env = {"VIRTDEC_MEDIA_DEVICES": str(count)}
        stream = streams.Stream("h264")
        run = replays.replay(stream, options=options, **env)
        many.rows.append([count, _least(stream, "initialize_us", options, **env) / 1000,
                          int(run["initialize_calls"])])
    return [first, many]
