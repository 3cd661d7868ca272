# SPDX-License-Identifier: MIT
"""NAL units of raw streams (H.264 and HEVC, annex B): their bits, taken apart and put together."""

import re

import tools

_UNIT = re.compile(rb"\x00\x00\x01(.*?)(?=\x00*\x00\x00\x01|\x00*$)", re.DOTALL)
_ELEMENT = re.compile(r"\] (\d+) +(\w+)\S* +[01]+ = -?\d+")


def unescaped(unit):
    """The unit without emulation prevention bytes."""
    return unit.replace(b"\x00\x00\x03", b"\x00\x00")


def escaped(payload):
    """The unit with emulation prevention bytes."""
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", bytes(payload))


def edit_units(path, edit):
    """The stream with edit(unit) in the place of each NAL unit."""
    return _UNIT.sub(lambda found: b"\x00\x00\x01" + edit(found.group(1)), path.read_bytes())


def traced(path, demuxer):
    """A dict for each NAL unit in the stream's order: the first bit position of each syntax
    element, as FFmpeg's parser finds it."""
    done = tools.run(["ffmpeg", "-hide_banner", "-nostdin", "-v", "verbose", "-f", demuxer, "-i",
                      path, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"])
    units = []
    for line in done.stderr.partition("Packet: ")[2].splitlines():
        found = _ELEMENT.search(line)
        if found and found.group(2) == "forbidden_zero_bit":
            units.append({})
        if found and units:
            units[-1].setdefault(found.group(2), int(found.group(1)))
    return units


def bits_of(unit):
    """The unit without emulation prevention bytes, as a string of 0 and 1."""
    return "".join(f"{byte:08b}" for byte in unescaped(unit))


def unit_of(bits):
    """The unit with these bits, whole eights of them."""
    return escaped(int(bits, 2).to_bytes(len(bits) // 8, "big"))


def ue(value):
    """Exp-Golomb code, ue(v)."""
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


def se(value):
    """Exp-Golomb code, se(v)."""
    return ue(2 * value - 1 if value > 0 else -2 * value)


def padded(bits):
    """An RBSP with its trailing bits anew."""
    bits = bits[:bits.rindex("1") + 1]
    return bits + "0" * (-len(bits) % 8)
