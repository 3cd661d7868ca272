# SPDX-License-Identifier: MIT
"""Changes to raw HEVC streams, for what no encoder here writes: other profiles in the parameter
sets, and slice segment headers with more in them."""

import re

import tools

#: nal_unit_type and bytes from the NAL unit header to profile_tier_level() (7.3.2.1, 7.3.2.2).
_PROFILE_AT = {32: 6, 33: 3}
_PPS = 34
_UNIT = re.compile(rb"\x00\x00\x01(.*?)(?=\x00*\x00\x00\x01|\x00*$)", re.DOTALL)
_ELEMENT = re.compile(r"\] (\d+) +(\w+)\S* +[01]+ = -?\d+")


def _type(unit):
    return unit[0] >> 1 & 0x3F


def _payload(unit):
    return unit.replace(b"\x00\x00\x03", b"\x00\x00")


def _unit(payload):
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", bytes(payload))


def _edit_units(path, edit):
    """The stream with edit(unit) in the place of each NAL unit."""
    return _UNIT.sub(lambda found: b"\x00\x00\x01" + edit(found.group(1)), path.read_bytes())


def _set_profile(unit, profile):
    if _type(unit) not in _PROFILE_AT:
        return unit
    at = _PROFILE_AT[_type(unit)]
    raw = bytearray(_payload(unit))
    raw[at] = raw[at] & 0xE0 | profile
    # A decoder of Main takes Main Still Picture, and one of Main 10 takes both (A.3).
    raw[at + 1:at + 5] = sum(1 << (31 - bit) for bit in {profile, 1, 2}).to_bytes(4, "big")
    # What the range extensions say behind the first four flags is reserved here.
    raw[at + 5:at + 11] = bytes([raw[at + 5] & 0xF0, 0, 0, 0, 0, 0])
    return _unit(raw)


def main(path):
    """The stream as one of Main profile."""
    return _edit_units(path, lambda unit: _set_profile(unit, 1))


def main_still_picture(path):
    """The stream as one of Main Still Picture profile."""
    return _edit_units(path, lambda unit: _set_profile(unit, 3))


def _traced(path):
    """A dict for each NAL unit in the stream's order: the first bit position of each syntax
    element, as FFmpeg's parser finds it."""
    done = tools.run(["ffmpeg", "-hide_banner", "-nostdin", "-v", "verbose", "-f", "hevc", "-i",
                      path, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"])
    units = []
    for line in done.stderr.partition("Packet: ")[2].splitlines():
        found = _ELEMENT.search(line)
        if found and found.group(2) == "forbidden_zero_bit":
            units.append({})
        if found and units:
            units[-1].setdefault(found.group(2), int(found.group(1)))
    return units


def _bits(payload):
    return "".join(f"{byte:08b}" for byte in payload)


def _bytes(bits):
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _lengthen(unit, places):
    """A picture parameter set that announces two bits more and an extension in each slice segment
    header, and slice segment headers that have them."""
    bits = _bits(_payload(unit))
    if _type(unit) == _PPS:
        extra = places["num_extra_slice_header_bits"]
        extension = places["slice_segment_header_extension_present_flag"]
        bits = bits[:extra] + "010" + bits[extra + 3:extension] + "1" + bits[extension + 1:]
    elif _type(unit) < 32:
        begin, end = places["slice_type"], places["alignment_bit_equal_to_one"]
        # slice_reserved_flag[], slice_segment_header_extension_length 3 and as many bytes
        header = bits[:begin] + "10" + bits[begin:end] + "00100" + "10100101" * 3 + "1"
        bits = header + "0" * (-len(header) % 8) + bits[end + 8 - end % 8:]
    return _unit(_bytes(bits))


def longer_slice_headers(path):
    """The stream with num_extra_slice_header_bits 2 and slice segment header extensions."""
    places = iter(_traced(path))
    return _edit_units(path, lambda unit: _lengthen(unit, next(places)))
