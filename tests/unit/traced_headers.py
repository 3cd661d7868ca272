# SPDX-License-Identifier: MIT
"""Slice headers as FFmpeg's trace_headers filter reads them, beside what a parser of ours prints.

A `Codec` says what differs between H.264 and HEVC; `main` compares encoded and given streams.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Callable

import traces

MAX_PACKETS = 60
NAL_BYTES = 4096  # enough for any header
ELEMENT = re.compile(r"\] (\d+) +(\w+)((?:\[\d+\])*) +([01]+) = (-?\d+)$")


@dataclass(frozen=True)
class Codec:
    """`name` is FFmpeg's of the format and that of the directory of test streams; `is_slice` tells
    of a NAL unit whether it has a slice header; `jobs` turns the units of a trace and an iterator
    of the NAL units with slices into (line for the parser, expected elements); `encode` makes
    streams in a directory. Elements in `indexed` keep the index in their name, those in `foreign`
    belong to no header."""

    name: str
    is_slice: Callable
    jobs: Callable
    encode: Callable
    indexed: tuple = ()
    foreign: tuple = ()


def _element_of(line, codec):
    """(position, name, bits, value) of a line of the trace, or None."""
    match = ELEMENT.search(line)
    if not match or match[2] in codec.foreign:
        return None
    name = match[2] + (match[3] if match[2] in codec.indexed else "")
    return int(match[1]), name, match[4], int(match[5])


def _traced_units(path, codec):
    """The traced units in order: lists of elements."""
    run = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-v", "verbose", "-f", codec.name, "-i", path,
         "-frames:v", str(MAX_PACKETS), "-c", "copy", "-bsf:v", "trace_headers", "-f", "null",
         "-"], stderr=subprocess.PIPE, check=False)
    units = []
    for line in run.stderr.decode(errors="replace").splitlines():
        element = _element_of(line, codec) if "[trace_headers" in line else None
        if element:
            if element[0] == 0:
                units.append([])
            if units:
                units[-1].append(element)
    return units


def _slices_of(path, codec):
    """The NAL units with slice headers in an Annex B file."""
    with open(path, "rb") as file:
        data = file.read()
    for start in re.finditer(rb"\x00\x00\x01(?=.)", data, re.DOTALL):
        unit = data[start.end():start.end() + NAL_BYTES]
        end = re.search(rb"\x00\x00[\x00\x01]", unit)
        unit = unit[:end.start()] if end else unit
        if unit and codec.is_slice(unit):
            yield unit


def _bits_of(nal):
    """The bits of a NAL unit without emulation prevention."""
    rbsp = nal.replace(b"\x00\x00\x03", b"\x00\x00")
    return "".join(f"{byte:08b}" for byte in rbsp)


def first(unit, name, default=0):
    """The value of a unit's first element of that name."""
    return next((value for _, key, _, value in unit if key == name), default)


def nal_of(unit, nals):
    """The next of `nals` that the traced unit was read from, or None: the filter leaves out what it
    cannot read."""
    bits = "".join(element[2] for element in unit)
    return next((nal for nal in nals if _bits_of(nal).startswith(bits)), None)


def _results_of(tool, lines):
    run = subprocess.run([tool], input="".join(line + "\n" for line in lines), text=True,
                         stdout=subprocess.PIPE, check=True)
    for line in run.stdout.splitlines():
        result = {}
        for word in line.split():
            name, _, value = word.partition("=")
            result.setdefault(name, []).append(int(value) if value else None)
        yield line, result


def _jobs_of(path, codec):
    """codec.jobs() of a file's first packets, whatever its container is."""
    with tempfile.TemporaryDirectory() as work:
        stream = os.path.join(work, "stream")
        subprocess.run(["ffmpeg", "-nostdin", "-v", "quiet", "-i", path, "-map", "0:v:0", "-c",
                        "copy", "-frames:v", str(MAX_PACKETS), "-f", codec.name, stream],
                       check=False)
        if not os.path.exists(stream):
            return []
        return codec.jobs(_traced_units(stream, codec), _slices_of(stream, codec))


def _compare(tool, path, codec):
    """The number of slices compared, and a description of the first difference or None."""
    jobs = traces.kept(path, lambda path: _jobs_of(path, codec))
    lines = [line for line, _ in jobs]
    for index, (line, result) in enumerate(_results_of(tool, lines)):
        for name, values in jobs[index][1].items():
            if result.get(name) != values:
                return index, f"slice {index}: {name} is {values}, got {result.get(name)}: {line}"
    return len(jobs), None


def main(codec):
    """Compares the streams that the command line names, or those that there are."""
    tool, files = sys.argv[1], sys.argv[2:]
    project = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    vectors = os.environ.get("TEST_VECTORS") or os.path.join(project, "../shared/vectors")
    failed = total = 0
    with tempfile.TemporaryDirectory() as directory:
        encoded = [] if files else list(codec.encode(directory))
        others = files or sorted(glob.glob(os.path.join(vectors, f"*/{codec.name}/*")))
        for path in encoded + others:
            count, difference = _compare(tool, path, codec)
            failed += difference is not None or (count == 0 and path in encoded)
            total += count
            print(f"{os.path.basename(path)}: {difference or f'{count} slice headers equal'}",
                  flush=True)
    print(f"{total} slice headers compared, {failed} streams with a difference")
    return 1 if failed else 0
