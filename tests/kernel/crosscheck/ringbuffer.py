# SPDX-License-Identifier: MIT
"""Reads the pages of the kernel's trace ring buffer (per_cpu/cpuN/trace_pipe_raw).

The binary form holds each control struct whole, as the kernel had it; the text form would lose the
fields that its print formats leave out. Layout: Documentation/trace/ring-buffer-design.rst,
events/header_page and events/header_event of tracefs (include/linux/ring_buffer.h).
"""
import re
import struct
from dataclasses import dataclass

PAGE = 4096
PAGE_HEADER = 16
LOST_EVENTS = 3 << 30  # flags of the commit word: events were lost before this page
TYPE_PADDING, TYPE_TIME_EXTEND, TYPE_TIME_STAMP = 29, 30, 31


@dataclass(frozen=True)
class Format:
    """One event type: its fields as {name: (C type, offset, size)}."""

    name: str
    fields: dict


def parse_formats(text):
    """{event id: Format} of concatenated `format` files of tracefs."""
    formats = {}
    for block in re.split(r"^(?=name: )", text, flags=re.M):
        name = re.search(r"^name: (\S+)\nID: (\d+)", block)
        if not name:
            continue
        fields = {m[2]: (m[1].strip(), int(m[4]), int(m[5])) for m in re.finditer(
            r"field:([^;]*?)(\w+)(\[\d*\])?;\s*offset:(\d+);\s*size:(\d+);", block)}
        formats[int(name[2])] = Format(name[1], fields)
    return formats


class TraceError(Exception):
    """The trace cannot be trusted."""


def records(data):
    """Yields the payload of every event in `data` (whole pages), oldest first."""
    if len(data) % PAGE:
        raise TraceError(f"{len(data)} bytes are not whole pages")
    for page in range(0, len(data), PAGE):
        commit, = struct.unpack_from("<Q", data, page + 8)
        if commit & LOST_EVENTS:
            raise TraceError("events were lost: the trace buffer was too small")
        at, end = page + PAGE_HEADER, page + PAGE_HEADER + commit
        if end > page + PAGE:
            raise TraceError("bad page")
        while at < end:
            head, array0 = struct.unpack_from("<II", data, at) if at + 8 <= len(data) else \
                (struct.unpack_from("<I", data, at)[0], 0)
            kind = head & 31
            if kind == TYPE_PADDING:
                if head >> 5 == 0:
                    break  # nothing more on this page
                at += 4 + array0
            elif kind in (TYPE_TIME_EXTEND, TYPE_TIME_STAMP):
                at += 8
            elif kind == 0:  # the length includes its own word
                yield data[at + 8:at + 4 + array0]
                at += 4 + (array0 + 3 & ~3)
            else:
                yield data[at + 4:at + 4 + 4 * kind]
                at += 4 + 4 * kind


def events(data, formats):
    """Yields (Format, payload) of the events whose format is known."""
    for payload in records(data):
        event, = struct.unpack_from("<H", payload)
        if event in formats:
            yield formats[event], payload
