# SPDX-License-Identifier: MIT
"""Pictures a second where the decoder takes a known time for each."""

from bench import replays, streams
from bench.table import Table

LATENCIES_MS = (0, 2, 5, 16)
STREAMS = (1, 4)


def _pictures(latency_ms):
    """Some 1.2 s, and whole groups of pictures."""
    return max(60, int(1200 / latency_ms) // 30 * 30) if latency_ms else 3000


def measure():
    table = Table("pipelining", "Pictures a second, against a decoder that takes so long for each",
                  ["stream", "latency (ms)", "streams", "pictures/s", "ideal", "of the ideal (%)"],
                  bars=("of the ideal (%)",),
                  note="The decoder is one for all streams and takes one picture at a time. "
                       "A latency of 0 shows what driver, client and virtual decoder take together. "
                       "AV1 decodes one more picture a run: the last one before all were waited "
                       "for, again.")
    for stream in streams.every_stream():
        for latency in LATENCIES_MS:
            for count in STREAMS:
                pictures = max(30, _pictures(latency) // count // 30 * 30)
                run = replays.replay(stream, latency_us=1000 * latency,
                                     counted=False,
                                     options=(f"streams={count}", f"frames={pictures}",
                                              "depth=4", "drain=1"))
                ideal = 1000 / latency if latency else None
                table.rows.append([stream.name, latency, count, run.rate, ideal,
                                   100 * run.rate / ideal if ideal else None])
    return [table]
