# SPDX-License-Identifier: MIT
"""Instructions of the driver and of its entry in libva, for each picture."""

from bench import callgrind, streams
from bench.table import Table


def measure():
    table = Table("instructions", "Instructions for each picture, next to copying its bitstream",
                  ["stream", "driver", "C library for it", "libva", "all", "memcpy of bitstream",
                   "times"], bars=("all", "memcpy of bitstream"),
                  note="callgrind, over a virtual decoder that only keeps time; its instructions "
                       "and the client's are left out.")
    for stream in streams.every_stream():
        driver, c_library, libva = callgrind.per_picture(stream)
        copy = callgrind.copy_per_picture(stream)
        total = driver + c_library + libva
        table.rows.append([stream.name, driver, c_library, libva, total, copy,
                           total / copy if copy else None])
    return [table]
