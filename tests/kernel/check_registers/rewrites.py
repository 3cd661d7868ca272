# SPDX-License-Identifier: MIT
"""What the rewrites of crosscheck/meaning.py make equal, and what they must not."""
import struct

from crosscheck import bits, cedrus, meaning, own
from crosscheck.stream import Slice

from .made import OTHER, SIZE, SOURCE, TABLE, TARGET, Case, picture, whether

# pylint: disable=protected-access
SLICE, PICTURE = b"\0\0\1\x65\x88\x80", b"\0\0\1\1\x88\x80"
#: device -> codec -> registers of the bitstream's length and end, and the unit in bits
LENGTHS = {
    "h264": {"g1": (("G1_REG_DEC_CTRL3", 1),), "rk3568": (("VDPU_REG_STREAM_LEN", 1),),
             "rkvdec": (("RKVDEC_REG_STRM_LEN", 1),),
             "cedrus": (("VE_H264_VLD_LEN", 8), ("VE_H264_VLD_END", 1))},
    "mpeg2": {"g1": (("G1_REG_DEC_CTRL3", 1),), "rk3399": (("VDPU_REG_STREAM_LEN", 1),),
              "rk3568": (("VDPU_REG_STREAM_LEN", 1),),
              "cedrus": (("VE_DEC_MPEG_VLD_LEN", 8), ("VE_DEC_MPEG_VLD_END_ADDR", 1))}}


def _two(device, codec, data, other, short=0):
    """A job with `data` and one with `other`, whose length is `short` too small."""
    case = Case(device, codec, data)
    case.driver.data = other
    for name, unit in LENGTHS[codec][device]:
        start = SOURCE if "END" in name else 0
        case.put(name, start + unit * len(data), start + unit * (len(other) - short))
    return case


def padding():
    """Zeros between NAL units, and a sequence_end_code behind MPEG-2's last slice."""
    for codec, rewrite, cases in (
            ("h264", own.h264_padding, (
                ("zeros behind the slice", SLICE, SLICE + b"\0\0", 0, True),
                ("a zero in front of the next one", SLICE + SLICE, SLICE + b"\0" + SLICE, 0, True),
                ("a length without the zeros that are there", SLICE, SLICE + b"\0\0", 2, False),
                ("a length that is too short", SLICE + b"\0", SLICE + b"\0\0", 1, False),
                ("a byte that is not zero", SLICE, SLICE + b"\1", 0, False),
                ("another slice", SLICE, SLICE[:-1] + b"\x40", 0, False),
                ("a zero behind the start code", SLICE, SLICE[:3] + b"\0" + SLICE[3:], 0, False),
                ("zeros inside", SLICE, SLICE[:4] + b"\0" + SLICE[4:], 0, False))),
            ("mpeg2", own.mpeg2_padding, (
                ("an end of the sequence", PICTURE, PICTURE + b"\0\0\1\xb7", 0, True),
                ("a length without the end that is there", PICTURE, PICTURE + b"\0\0\1\xb7", 4, False),
                ("another code", PICTURE, PICTURE + b"\0\0\1\xb3", 0, False),
                ("zeros behind the slice", PICTURE, PICTURE + b"\0\0", 0, False),
                ("an end of the sequence in front", PICTURE, b"\0\0\1\xb7" + PICTURE, 0, False),
                ("another slice", PICTURE, PICTURE[:-1] + b"\x40", 0, False)))):
        for device in LENGTHS[codec]:
            for said, data, other, short, hidden in cases:
                case = _two(device, codec, data, other, short)
                yield whether(case, rewrite, said, hidden)


def lengths():
    """The size of the client's OUTPUT buffers."""
    for device, codec, rewrite, name, unit in (
            ("g2", "hevc", meaning.lengths, "g2_strm_buffer_len", 1),
            ("g2", "vp9", meaning.lengths, "g2_strm_buffer_len", 1),
            ("rk3588", "av1", meaning.lengths, "av1_strm_buffer_len", 1),
            ("cedrus", "vp8", meaning.cedrus_vp8_lengths, "VE_H264_VLD_LEN", 8)):
        for said, wrong, hidden in (("another size", 0, True), ("less than the size", -1, False),
                                    ("more than the size", 64, False)):
            case = Case(device, codec, bytes([0, 0, 1, 2, 1, 0x80]))
            if codec == "hevc":
                case.put("G2_REF_LUMA_ADDR(0)", TARGET)
            case.driver.source.length = 2 * SIZE
            case.put(name, SIZE * unit, (2 * SIZE + wrong) * unit)
            yield whether(case, rewrite, f"a buffer's length: {said}", hidden)


def relative():
    """Tables of compressed references, behind the buffers."""
    for codec in ("hevc", "vp9"):
        for kind, index in (("OUT", ""), ("REF", "(0)")):
            for said, wrong, hidden in (("elsewhere with the picture", 0, True),
                                        ("at another offset", 16, False)):
                for plane in ("LUMA", "CHROMA"):
                    case = Case("g2", codec, bytes([0, 0, 1, 2, 1, 0x80]), 0x4000000)
                    case.point("G2_REF_LUMA_ADDR(0)", TARGET)
                    case.point("G2_OUT_LUMA_ADDR", TARGET)
                    name = f"G2_{kind}_COMP_{plane}_ADDR{index}"
                    at = TARGET + SIZE + 0x100
                    case.put(name, at, at + 0x4000000 + wrong)
                    yield whether(case, meaning.relative, f"{kind}'s table of {plane}, {said}", hidden,
                                  name)


def _rkvdec(slots, entries, long_term=(), scaling=0x800):
    """A case of rkvdec whose driver has `slots` of the oracle's (0, 1, 2), the numbers in its order; its
    lists are `entries` of the oracle's numbers, and the oracle's are 2, 0, 1."""
    case = Case("rkvdec", "h264", earlier=3)
    names = case.names
    for job, order, listed, long in ((case.oracle, (0, 1, 2), (2, 0, 1), (1,)),
                                     (case.driver, slots, entries, long_term)):
        data = job.tables[0].data()
        for place, number in enumerate(order):
            job.registers[names.at(f"RKVDEC_REG_H264_BASE_REFER({place})")] = picture(number) | 8 | 4
            for field in 0, 1:
                job.registers[meaning._rkvdec_poc(2 * place + field)] = 10 * number + field
            bits.write(data, 8 * 0x4000 + 16 * place, 16, 100 + number)
            bits.write(data, 8 * (0x1000 + 32 * 5) + 216 + place, 1, number in long)
        for i, number in enumerate(listed):
            bits.write(data, 8 * 0x4000 + 288 + 7 * i, 5, order.index(number) | 16)
        bits.write(data, 8 * (0x1000 + 32 * 5) + 184, 32,
                   TABLE + (0x800 if job is case.oracle else scaling))
        job.tables[0].replace(data)
        job.slices = [Slice({"pic_parameter_set_id": 5, "slice_type": 2})]
        job.registers[names.at("RKVDEC_REG_PPS_BASE")] = TABLE + 0x1000
        job.registers[names.at("RKVDEC_REG_RPS_BASE")] = TABLE + 0x4000
    return case


def rkvdec_h264():
    """Slots of another order, with everything that names them; what is inactive or not read."""
    rewrite = meaning.rkvdec_h264
    yield _rkvdec((2, 0, 1), (2, 0, 1), (1,)).hides(rewrite, "slots of another order")
    yield _rkvdec((1, 2, 0), (2, 0, 1), (1,)).hides(rewrite, "slots of a third order")
    yield _rkvdec((2, 0, 1), (2, 1, 0), (1,)).sees(rewrite, "a list of another order")
    yield _rkvdec((2, 0, 1), (2, 0, 1), (0,)).sees(rewrite, "another long-term reference")
    yield _rkvdec((2, 0, 1), (2, 0, 1), (1,), 0x810).sees(rewrite, "another address of scaling lists")
    moved = (2, 0, 1), (2, 0, 1), (1,)
    for said, name in (("another order count of a top field", meaning._rkvdec_poc(0)),
                       ("another order count of a bottom field", meaning._rkvdec_poc(5)),
                       ("another flag of a slot", meaning._rkvdec_base(1))):
        case = _rkvdec(*moved)
        case.driver.registers[name] ^= 1
        yield case.sees(rewrite, said)
    case = _rkvdec(*moved)
    case.driver.registers[meaning._rkvdec_base(1)] ^= 8
    yield case.sees(rewrite, "a slot that is not active")
    case = _rkvdec(*moved)
    case.driver.registers[meaning._rkvdec_base(0)] = picture(0) | 8 | 4
    yield case.sees(rewrite, "a slot with another picture")
    for said, at, hidden in (("another frame number", 0x4000 + 2, False),
                             ("the bottom flag of a list's entry", 0x4000 + 36, False),
                             ("a parameter set that the slices name", 0x1000 + 32 * 5, False),
                             ("the arithmetic decoder's table", 0x10, False)):
        case = _rkvdec(*moved)
        data = case.driver.tables[0].data()
        data[at] ^= 0x20
        case.driver.tables[0].replace(data)
        yield whether(case, rewrite, said, hidden)


def rkvdec_unused():
    """What a slot holds that is not active, and packets of parameter sets that no slice names."""
    moved = (2, 0, 1), (2, 0, 1), (1,)
    for said, at in (("the address", meaning._rkvdec_base(15)),
                     ("the order of top", meaning._rkvdec_poc(30)),
                     ("the order of bottom", meaning._rkvdec_poc(31))):
        for active in 0, 8:
            case = _rkvdec(*moved)
            for job in case.both:
                job.registers[meaning._rkvdec_base(15)] = TARGET | active
            case.driver.registers[at] ^= 0x100
            yield whether(case, meaning.rkvdec_inactive,
                          f"{said} of a slot that is {'' if active else 'not '}active", not active)
    case = _rkvdec(*moved)
    case.put(meaning._rkvdec_base(15), TARGET, TARGET | 8)
    yield case.sees(meaning.rkvdec_inactive, "a slot that is active in one run only")
    for said, at, slices, hidden in (("the packet that slices name", 32 * 5, True, False),
                                     ("the packet behind it", 32 * 6, True, True),
                                     ("the last byte of the one before", 32 * 5 - 1, True, True),
                                     ("the last packet", 32 * 256 - 1, True, True),
                                     ("what is behind the packets", 32 * 256, True, False),
                                     ("what is in front of them", -1, True, False),
                                     ("a packet where no slice is known", 32 * 6, False, False)):
        case = _rkvdec(*moved)
        if not slices:
            case.slices()
        data = case.driver.tables[0].data()
        data[0x1000 + at] ^= 0x20
        case.driver.tables[0].replace(data)
        yield whether(case, meaning.rkvdec_packets, said, hidden)


def _g2(slots, entries, long_term=0):
    """Likewise of G2. The oracle's picture 1 is a long-term reference, and the driver's `long_term`."""
    case = Case("g2", "hevc", bytes([0, 0, 1, 2, 1, 0x80]), earlier=3)
    names = case.names
    for job, order, listed, long in ((case.oracle, (0, 1, 2), (2, 0, 1), 1),
                                     (case.driver, slots, entries, long_term)):
        def put(name, value, job=job):
            at, shift, mask = names.field(name)
            job.registers[at] = job.registers[at] & ~(mask << shift) | value << shift

        for place, number in enumerate(order):
            for i, kind in enumerate(("LUMA", "CHROMA", "MV", "COMP_LUMA", "COMP_CHROMA")):
                job.registers[names.at(f"G2_REF_{kind}_ADDR({place})")] = picture(number) + 0x1000 * i
            put(f"hevc_cur_poc_{place:02}", 50 + number)
        job.registers[names.at("G2_REF_LUMA_ADDR(3)")] = TARGET
        put("g2_refer_lterm_e", 1 << 15 - order.index(long))
        for i in range(16):
            put(f"hevc_rlist_f{i}", order.index(listed[i % 3]))
            put(f"hevc_rlist_b{i}", order.index(listed[::-1][i % 3]))
    return case


def g2_hevc():
    """Slots of another order, with everything that names them."""
    rewrite = meaning.g2_hevc
    yield _g2((2, 0, 1), (2, 0, 1), 1).hides(rewrite, "slots of another order")
    yield _g2((1, 2, 0), (2, 0, 1), 1).hides(rewrite, "slots of a third order")
    yield _g2((2, 0, 1), (2, 1, 0), 1).sees(rewrite, "lists of another order")
    yield _g2((2, 0, 1), (2, 0, 1), 2).sees(rewrite, "another long-term reference")
    for kind in ("LUMA", "CHROMA", "MV", "COMP_LUMA", "COMP_CHROMA"):
        case = _g2((2, 0, 1), (2, 0, 1), 1)
        case.driver.registers[case.names.at(f"G2_REF_{kind}_ADDR(1)")] ^= 0x100
        yield case.sees(rewrite, f"another address of {kind}")
    for field in ("hevc_cur_poc_00", "hevc_cur_poc_02", "hevc_cur_poc_05", "hevc_rlist_f0",
                  "hevc_rlist_b15", "g2_refer_lterm_e"):
        case = _g2((2, 0, 1), (2, 0, 1), 1)
        at, shift, _ = case.names.field(field)
        case.driver.registers[at] ^= 1 << shift
        yield case.sees(rewrite, f"another {field}")
    case = _g2((2, 0, 1), (2, 0, 1), 1)
    case.put("G2_REF_LUMA_ADDR(3)", TARGET, TARGET + 16)
    yield case.sees(rewrite, "another address of the picture itself")


def _cedrus(slots, entries, long_term=1, reverse=False):
    """Likewise of cedrus, in the memory of its HEVC engine; reverse: written in another order."""
    case = Case("cedrus", "hevc", earlier=3)
    for job, order, listed, long in ((case.oracle, (0, 1, 2), (2, 0, 1, 2, 0), 1),
                                     (case.driver, slots, entries, long_term)):
        job.registers[case.names.at("VE_DEC_H265_DEC_SLICE_HDR_INFO0")] = 4 << 16
        writes = []
        for place, address in (*((place, picture(number)) for place, number in enumerate(order)),
                               (cedrus.OUTPUT, TARGET)):
            writes.append((cedrus.FRAMES + cedrus.UNIT * place, [
                *((address >> 20, address >> 20) if place < 3 else (7, 7)), address + 0x8000 >> 8, 0,
                address >> 8, address + 0x4000 >> 8]))
        entry = [order.index(number) | (0x80 if number == long else 0) for number in listed]
        writes.append((0xc00, [*struct.unpack("<I", bytes(entry[:4])), entry[4]]))
        if reverse and job is case.driver:
            writes.reverse()
        job.ports = {cedrus.OFFSET: [], cedrus.DATA: []}
        for offset, words in writes:
            job.ports[cedrus.OFFSET] += [offset, len(job.ports[cedrus.DATA])]
            job.ports[cedrus.DATA] += words
    return case


def cedrus_hevc():
    """Slots of another order, with everything that names them; memory that is written in any order."""
    rewrite, order, lists = cedrus.canonical, (2, 0, 1), (2, 0, 1, 2, 0)
    yield _cedrus(order, lists).hides(rewrite, "slots of another order")
    yield _cedrus((1, 2, 0), lists).hides(rewrite, "slots of a third order")
    yield _cedrus((0, 1, 2), lists, reverse=True).hides(rewrite, "memory written in another order")
    yield _cedrus(order, (2, 0, 1, 0, 2)).sees(rewrite, "a list of another order")
    yield _cedrus(order, lists, 2).sees(rewrite, "another long-term reference")
    for said, word in (("another order count", 0), ("another order count of bottom", 1),
                       ("other motion vectors", 2), ("another picture", 4), ("another chroma plane", 5)):
        case = _cedrus(order, lists)
        case.driver.ports[cedrus.DATA][cedrus.WORDS + word] ^= 1 << 8
        yield case.sees(rewrite, said)
    case = _cedrus(order, lists)
    case.driver.ports[cedrus.DATA][-2] ^= 3
    yield case.sees(rewrite, "another entry of a list")
    case = _cedrus(order, lists)
    case.driver.ports[cedrus.DATA][3 * cedrus.WORDS + 4] ^= 1
    yield case.sees(rewrite, "another address of the picture itself")
    case = _cedrus(order, lists)
    case.driver.ports[cedrus.OFFSET][-2] += 4
    yield case.sees(rewrite, "a list at another place")
    case = _cedrus(order, lists)
    for job, offset in ((case.oracle, 0x20), (case.driver, 0x60)):  # ...PRED_WEIGHT_CHROMA_L0, LUMA_L1
        job.ports[cedrus.OFFSET] += [offset, len(job.ports[cedrus.DATA])]
        job.ports[cedrus.DATA].append(5)
    yield case.sees(rewrite, "weights at another place")


def _av1(before, sizes=(5, 3), start=0, wrong=b""):
    """Two tiles; the driver's stand behind `before` bytes, with `start` of them counted as bits."""
    tiles = [bytes(range(16 * i, 16 * i + length)) for i, length in enumerate(sizes, 1)]
    case = Case("rk3588", "av1", b"\xff" + b"".join(tiles))
    case.driver.data = bytes(before) + (wrong or b"".join(tiles))
    for job, skipped, bit in ((case.oracle, 1, 0), (case.driver, before - start, start * 8)):
        job.registers[case.names.at("AV1_INPUT_STREAM")] = SOURCE + skipped
        at, shift, _ = case.names.field("av1_strm_start_bit")
        job.registers[at] = bit << shift
        job.registers[case.names.field("av1_stream_len")[0]] = len(job.data)
        job.registers[case.names.at("AV1_TILE_BASE")] = OTHER
        data, end = job.tables[1].data(), 0
        for i, tile in enumerate(tiles):
            struct.pack_into("<4I", data, 16 * i, 2, 3, end, end + len(tile))
            end += len(tile)
        job.tables[1].replace(data)
    return case


def rk3588_av1():
    """Tiles that stand elsewhere in the OUTPUT buffer."""
    rewrite = meaning.rk3588_av1
    yield _av1(9).hides(rewrite, "tiles elsewhere")
    yield _av1(24, start=4).hides(rewrite, "tiles elsewhere, counted in bits")
    tiles = bytes(range(16, 21)) + bytes(range(32, 35))
    yield _av1(9, wrong=tiles[:-1] + b"\0").sees(rewrite, "another byte of the last tile", "bitstream")
    yield _av1(9, wrong=b"\0" + tiles[1:]).sees(rewrite, "another byte of the first tile", "bitstream")
    case = _av1(9)
    case.driver.registers[case.names.field("av1_stream_len")[0]] += 1
    yield case.sees(rewrite, "another length", "register 6")
    case = _av1(9)
    case.driver.registers[case.names.at("AV1_INPUT_STREAM")] += 1
    yield case.sees(rewrite, "another start")
    case = _av1(9)
    case.driver.registers[case.names.field("av1_strm_start_bit")[0]] ^= 1 << 15
    yield case.sees(rewrite, "another bit of the register with the start", "register 5")
    for said, at, value in (("another width of a tile", 16, 9), ("another end of a tile", 28, 9),
                            ("another start of a tile", 24, 6), ("a third tile", 44, 2)):
        case = _av1(9)
        data = case.driver.tables[1].data()
        data[at] = value
        case.driver.tables[1].replace(data)
        yield case.sees(rewrite, said)
    case = _av1(9)
    case.put("AV1_INPUT_STREAM", TARGET)
    yield case.sees(rewrite, "a start that is in no OUTPUT buffer")


def outcomes():
    """All of them."""
    for check in (padding, lengths, relative, rkvdec_h264, rkvdec_unused, g2_hevc, cedrus_hevc,
                  rk3588_av1):
        yield from check()
