# SPDX-License-Identifier: MIT
"""Changes to AV1 streams, for what no encoder here writes as players meet it."""

_FRAME = (176, 144)
#: What SVT-AV1 announces with switch frames: the largest size it knows, and a level for that.
_ANNOUNCED_SIZE, _ANNOUNCED_LEVEL = (16384, 8704), 20
#: seq_level_idx of level 4.0: the least that has a seq_tier, as the announced one has.
_LEVEL = 8
_HEADERS = 128
_IVF_HEADER, _IVF_FRAME_HEADER = 32, 12


def _announcement(level, size):
    """seq_level_idx, seq_tier, and the frames' greatest size in 14 bits each (5.5.1)."""
    return f"{level:05b}" + "0" + "1101" * 2 + "".join(f"{value - 1:014b}" for value in size)


def one_stream(path):
    """The stream of IVF files that were joined: one header, and frames counted through."""
    data = path.read_bytes()
    joined, position, frames = data[:_IVF_HEADER], 0, 0
    while position < len(data):
        if data[position:position + 4] == b"DKIF":
            position += _IVF_HEADER
        size = _IVF_FRAME_HEADER + int.from_bytes(data[position:position + 4], "little")
        frame = data[position:position + size]
        joined += frame[:4] + frames.to_bytes(8, "little") + frame[_IVF_FRAME_HEADER:]
        position, frames = position + size, frames + 1
    return joined


def announced_size(path):
    """The stream with a sequence header that announces the size of its frames, each of which brings
    its own size all the same. RuntimeError when there is no such header, or more than one."""
    data = path.read_bytes()
    bits = "".join(f"{byte:08b}" for byte in data[:_HEADERS])
    announced = _announcement(_ANNOUNCED_LEVEL, _ANNOUNCED_SIZE)
    if bits.count(announced) != 1:
        raise RuntimeError(f"{path.name}: no sequence header as expected")
    bits = bits.replace(announced, _announcement(_LEVEL, _FRAME))
    return int(bits, 2).to_bytes(_HEADERS, "big") + data[_HEADERS:]
