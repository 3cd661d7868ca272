# SPDX-License-Identifier: MIT
"""Another profile in the parameter sets of an HEVC stream: encoders here do not write them all."""

import re

MAIN, MAIN_STILL_PICTURE = 1, 3

#: nal_unit_type and bytes from the NAL unit header to profile_tier_level() (7.3.2.1, 7.3.2.2).
_PLACE = {32: 6, 33: 3}
_UNIT = re.compile(rb"\x00\x00\x01(.*?)(?=\x00*\x00\x00\x01|\x00*$)", re.DOTALL)


def _edit(unit, profile):
    at = _PLACE[unit[0] >> 1 & 0x3F]
    raw = bytearray(unit.replace(b"\x00\x00\x03", b"\x00\x00"))
    raw[at] = raw[at] & 0xE0 | profile
    # A decoder of Main takes Main Still Picture, and one of Main 10 takes both (A.3).
    compatible = {profile, MAIN, 2}
    raw[at + 1:at + 5] = sum(1 << (31 - bit) for bit in compatible).to_bytes(4, "big")
    # What the range extensions say behind the first four flags is reserved here.
    raw[at + 5:at + 11] = bytes([raw[at + 5] & 0xF0, 0, 0, 0, 0, 0])
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", bytes(raw))


def set_profile(stream, profile):
    """The Annex B byte stream with general_profile_idc `profile` in all video and sequence
    parameter sets."""
    return _UNIT.sub(lambda found: b"\x00\x00\x01" + (
        _edit(found.group(1), profile) if found.group(1)[0] >> 1 & 0x3F in _PLACE
        else found.group(1)), stream)
