# SPDX-License-Identifier: MIT
"""The results of tests/crosscheck --registers, by stream, kept over several runs; and their table."""
import json
import os

NAMES = {"mpeg2": "MPEG-2", "h264": "H.264", "hevc": "HEVC", "vp8": "VP8", "vp9": "VP9",
         "av1": "AV1"}
COLUMNS = ("streams", "jobs", "registers", "different", "failed")


def load(path):
    """{"DEVICE CODEC CLIENT STREAM": row} of the file; empty without one."""
    if not path or not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(path, rows):
    """Writes what load() reads."""
    with open(path, "w", encoding="utf-8") as out:
        json.dump(rows, out, indent=1, sort_keys=True)


def key(device, codec, client, path):
    """A stream is known by its directory and name: a later run replaces an earlier one."""
    stream = os.path.join(os.path.basename(os.path.dirname(path)), os.path.basename(path))
    return f"{device.name} {codec} {client} {stream}"


def row(result, why):
    """What is kept of one registers.Comparison."""
    return {"streams": 1, "jobs": result.jobs, "registers": result.registers,
            "different": len(result.differences), "failed": int(bool(why))}


def table(rows, devices):
    """The rows as a table in Markdown: device, codec and client, and the sums."""
    lines = ["| device | codec | client | streams | jobs | registers compared | different | "
             "streams that fail |", "| --- | --- | --- | --: | --: | --: | --: | --: |"]
    sums = {}
    for name, one in rows.items():
        total = sums.setdefault(tuple(name.split(" ", 3)[:3]), dict.fromkeys(COLUMNS, 0))
        for column in COLUMNS:
            total[column] += one[column]
    order = list(devices)
    for (device, codec, client), total in sorted(sums.items(),
                                                 key=lambda item: (order.index(item[0][0]),
                                                                   item[0])):
        cells = " | ".join(f"{total[column]:,}" for column in COLUMNS)
        lines.append(f"| {devices[device].title} | {NAMES[codec]} | {client} | {cells} |")
    return "\n".join(lines) + "\n"
