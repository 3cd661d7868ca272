# SPDX-License-Identifier: MIT
"""Memory of a stream with 16 surfaces, against what it cannot do without."""

from bench import replays, streams
from bench.table import Table

SURFACES, DEPTH = 16, 4


def measure():
    table = Table("memory", f"Memory of a 1080p stream with {SURFACES} surfaces (KiB)",
                  ["stream", "CAPTURE", "16 pictures", "OUTPUT", "data of 2 pictures",
                   "driver's heap"], bars=("CAPTURE", "16 pictures", "OUTPUT"),
                  note="A picture is NV12 of whole macroblocks; what the decoder adds behind it "
                       "(motion vectors) is the device's own. OUTPUT buffers are as large as the "
                       "device proposes for the size.")
    for codec in streams.CODECS:
        stream = streams.Stream(codec)
        run = replays.replay(stream, options=(f"surfaces={SURFACES}", f"depth={DEPTH}"))
        width, height, _ = stream.geometry
        picture = (width + 15) // 16 * 16 * ((height + 15) // 16 * 16) * 3 // 2
        output = run["output_total"]
        table.rows.append([stream.name, int(run["decoder_memory"] - output) // 1024,
                           SURFACES * picture // 1024, int(output) // 1024,
                           int(2 * run["bytes"] / run["pictures"]) // 1024,
                           int(run["heap_total"]) // 1024])
    return [table]
