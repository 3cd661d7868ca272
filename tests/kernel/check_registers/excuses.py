# SPDX-License-Identifier: MIT
"""What the excuses for H.264, HEVC and VP8's segments and frame tag hide, and what they must not.

The names and places are written down again, from the kernel's drivers (Linux 6.12).
"""
from crosscheck import bits, meaning, own
from crosscheck.stream import Slice

from .made import OTHER, TABLE, TARGET, Case, whether

# pylint: disable=protected-access
VPU2 = 0x400
P, B = {"slice_type": 0}, {"slice_type": 1}
OVERRIDE = {"num_ref_idx_active_override_flag": 1}
#: Of HEVC pictures: of a trailing one, which may have references.
TRAILING = bytes([0, 0, 1, 2, 1, 0x80])


def hantro_default_counts():
    """Default counts of references: bits 14 to 18 and 19 to 23, for slices that do not override."""
    excuse = meaning.hantro_default_counts
    for device, name in (("g1", "G1_REG_DEC_CTRL6"), ("rk3568", "VDPU_REG_DEC_CTRL6")):
        for said, slices, wrong, hidden in (
                ("list 0, P with its own", (P | OVERRIDE,), 0x1f << 14, True),
                ("list 0, P without", (P | OVERRIDE, P), 0x1f << 14, False),
                ("list 0, no slice known", (), 0x1f << 14, False),
                ("list 1, P without", (P,), 0x1f << 19, True),
                ("list 1, B with its own", (B | OVERRIDE,), 0x1f << 19, True),
                ("list 1, B without", (P, B), 0x1f << 19, False),
                ("the bits beside them", (P | OVERRIDE,), 1 << 13, False),
                ("the bits above them", (P | OVERRIDE,), 1 << 24, False)):
            case = Case(device, "h264")
            case.slices(*map(Slice, slices))
            case.put(name, 0, wrong)
            yield whether(case, excuse, f"default counts, {said}", hidden, name)


def rkvdec_default_counts():
    """The same in packets of parameter sets: bits 143 to 147 and 148 to 152."""
    excuse = meaning.rkvdec_default_counts
    for said, slices, at, count, hidden in (
            ("list 0, P with its own", (P | OVERRIDE,), 143, 5, True),
            ("list 0, P without", (P | OVERRIDE, P), 143, 5, False),
            ("list 0, no slice known", (), 143, 5, False),
            ("list 1, P without", (P,), 148, 5, True),
            ("list 1, B without", (B,), 148, 5, False),
            ("the bits beside them", (P | OVERRIDE,), 142, 1, False),
            ("the bits above them", (P | OVERRIDE,), 153, 1, False)):
        case = Case("rkvdec", "h264")
        case.put("RKVDEC_REG_PPS_BASE", TABLE + 0x1000)
        case.slices(*(Slice(one | {"pic_parameter_set_id": 3}) for one in slices))
        data = case.driver.tables[0].data()
        bits.write(data, 8 * (0x1000 + 32 * 3) + at, count, 0x1f)
        case.driver.tables[0].replace(data)
        yield whether(case, excuse, f"default counts, {said}", hidden)


def baseline():
    """PICORD_COUNT_E, WRITE_MVS_E and the motion vectors' address."""
    for device, control, flags, address in (
            ("g1", "G1_REG_DEC_CTRL0", (9, 12), "G1_REG_ADDR_DIR_MV"),
            ("rk3568", VPU2 + 4 * 57, (6, 10), VPU2 + 4 * 62)):
        for said, is_baseline, raised, slices, hidden in (
                ("of Baseline", True, True, (P,), True),
                ("of Baseline with the right profile", True, False, (P,), False),
                ("of another profile", False, True, (P,), False),
                ("of Baseline with a B slice", True, True, (P, B), False)):
            for what, at, wrong in (("flag", control, 1 << flags[0]), ("flag", control, 1 << flags[1]),
                                    ("address", address, OTHER)):
                case = Case(device, "h264")
                for job in case.both:
                    job.baseline, job.raised = is_baseline, raised
                case.slices(*map(Slice, slices))
                case.put(at, 0, wrong)
                yield whether(case, own.baseline, f"{what} {wrong:#x} {said}", hidden)
        for bit in set(range(32)) - set(flags):
            case = Case(device, "h264")
            for job in case.both:
                job.baseline = job.raised = True
            case.put(control, 0, 1 << bit)
            yield case.sees(own.baseline, f"bit {bit} of Baseline")


#: (device, register, its place of 5 bits, which place of its list it is): set_ref of each driver.
LISTS = (
    ("g1", "G1_REG_BD_REF_PIC(0)", 0, 0), ("g1", "G1_REG_BD_REF_PIC(0)", 1, 0),
    ("g1", "G1_REG_BD_REF_PIC(0)", 5, 2), ("g1", "G1_REG_BD_REF_PIC(3)", 2, 10),
    ("g1", "G1_REG_BD_REF_PIC(4)", 4, 14), ("g1", "G1_REG_BD_P_REF_PIC", 0, 15),
    ("g1", "G1_REG_BD_P_REF_PIC", 1, 15), ("g1", "G1_REG_BD_P_REF_PIC", 2, 0),
    ("g1", "G1_REG_BD_P_REF_PIC", 5, 3), ("g1", "G1_REG_FWD_PIC(0)", 0, 4),
    ("g1", "G1_REG_FWD_PIC(0)", 5, 9), ("g1", "G1_REG_DEC_CTRL7", 0, 10),
    ("g1", "G1_REG_DEC_CTRL7", 5, 15),
    ("rk3568", VPU2 + 4 * 74, 0, 4), ("rk3568", VPU2 + 4 * 74, 5, 9), ("rk3568", VPU2 + 4 * 75, 0, 10),
    ("rk3568", VPU2 + 4 * 75, 5, 15), ("rk3568", VPU2 + 4 * 106, 0, 0), ("rk3568", VPU2 + 4 * 106, 3, 3),
    *(("rk3568", VPU2 + 4 * (first + register), place, 6 * register + place)
      for first in (100, 103) for register, place in ((0, 0), (1, 1), (2, 3))))
VALID = {"g1": "G1_REG_VALID_REF", "rk3568": "VDPU_REG_VALID_REF"}
TABLES = {"g1": "G1_REG_ADDR_QTABLE", "rk3568": "VDPU_REG_ADDR_QTABLE"}
#: struct hantro_h264_dec_priv_tbl: u32 cabac_table[CABAC_INIT_BUFFER_SIZE / 4], then poc[34]
CABAC = 460 * 2 * 4


def _slots(device, valid, is_field=0):
    case = Case(device, "h264")
    case.slices(Slice(P | {"field_pic_flag": is_field}))
    case.put(VALID[device], valid)
    return case


def stale_slots():
    """What a slot or a place of a list holds counts where there is a reference for it."""
    for device, name, place, index in LISTS:
        for count, is_field, hidden in ((index, 0, True), (index + 1, 0, False), (index, 1, False)):
            case = _slots(device, (0xffffffff << 32 - count) & 0xffffffff, is_field)
            case.put(name, 0, 3 << 5 * place)
            yield whether(case, own.stale_slots, f"place {place} of {name}, with {count} references"
                          f"{' of fields' if is_field else ''}", hidden)
    for device in ("g1", "rk3568"):
        for said, offset, valid, is_field, hidden in (
                ("slot 2's order, no reference", 16, 1 << 30 | 1 << 28, 0, True),
                ("slot 2's second order, no reference", 20, 1 << 30 | 1 << 28, 0, True),
                ("slot 2's order, a reference", 16, 1 << 29, 0, False),
                ("slot 2's order, its bottom field a reference", 16, 1 << 26, 1, False),
                ("slot 2's order, other fields references", 16, 1 << 27 ^ 1 << 28 ^ 1 << 25, 1, False),
                ("slot 2's order, none of its fields", 16, 1 << 29, 1, True),
                ("the orders behind those of slots", 128, 0, 0, False),
                ("what is in front of the orders", -4, 0, 0, False)):
            case = _slots(device, valid, is_field)
            case.put(TABLES[device], TABLE)
            data = case.driver.tables[0].data()
            data[CABAC + offset] ^= 1
            case.driver.tables[0].replace(data)
            yield whether(case, own.stale_slots, said, hidden)
        case = _slots(device, 0)
        case.slices()
        case.put(VPU2 + 4 * 100 if device == "rk3568" else "G1_REG_BD_REF_PIC(0)", 0, 1)
        yield case.sees(own.stale_slots, "a list's place where no slice is known")


def intra_lists():
    """Lists of references of an intra random access point may be any."""
    for said, kind, hidden in (("an IDR picture", 19, True), ("a CRA picture", 21, True),
                               ("a BLA picture", 16, True), ("a reserved one", 24, False),
                               ("a RASL picture", 9, False), ("a trailing picture", 1, False)):
        for field in ("hevc_rlist_f0", "hevc_rlist_b15"):
            case = Case("g2", "hevc", bytes([0, 0, 1, kind << 1, 1, 0x80]))
            case.put("G2_REF_LUMA_ADDR(0)", TARGET)
            case.put(field, 2, 3)
            yield whether(case, meaning.g2_lists, f"{field} of {said}", hidden)


def deblocking():
    """deblocking_filter_control_present_flag may differ where all that it controls is 0."""
    for field, value in ((None, 0), ("g2_out_filtering_dis", 1), ("g2_filter_override", 1),
                         ("g2_filt_offset_beta", 3), ("g2_filt_offset_tc", 0x1f)):
        case = Case("g2", "hevc", TRAILING)
        # the picture itself, the last of the list of references
        case.put("G2_REF_LUMA_ADDR(0)", TARGET)
        case.put("g2_filt_ctrl_pres", 1, 0)
        if field:
            case.put(field, value)
        yield whether(case, meaning.g2_deblocking, f"deblocking control with {field or 'nothing in it'}",
                      not field)


def vp8_segments():
    """Values of segments count where there are segments, a delta as the value that comes of it."""
    excuse, enable, absolute = meaning.cedrus_vp8_segments, 1 << 6, 1 << 5
    for name, base, most in (("VE_VP8_SEGMENT_FEAT_MB_LV0", "quantizers", 127),
                             ("VE_VP8_SEGMENT_FEAT_MB_LV1", "loop filter's levels", 63)):
        for said, pps, values, hidden in (
                ("without segments", (0, 0), (5, 9), True),
                ("without segments, of another kind", (0, absolute), (5, 9), True),
                ("absolute", (enable | absolute,) * 2, (5, 9), False),
                ("delta and its value", (enable, enable | absolute), (3, 0x0a0a0a0d), True),
                ("delta and another value", (enable, enable | absolute), (3, 0x0a0a0a0c), False),
                ("a negative delta and its value", (enable, enable | absolute),
                 (0xfd, 0x0a0a0a07), True),
                ("a delta above the most", (enable, enable | absolute), (0x7f, 0x0a0a0a00 | most), True),
                ("a delta below the least", (enable, enable | absolute), (0x80, 0x0a0a0a00), True),
                ("one is enabled, the other not", (0, enable | absolute), (5, 5), False)):
            case = Case("cedrus", "vp8")
            case.put("VE_VP8_QP_INDEX_DELTA", 10)
            case.put("VE_VP8_PPS", *(value | 10 << 12 for value in pps))  # filter level
            # the other register, so that it is equal
            other = f"VE_VP8_SEGMENT_FEAT_MB_LV{1 - int(name[-1])}"
            case.put(other, *(0 if pps == (value, value) or value & absolute == 0 else 0x0a0a0a0a
                              for value in pps))
            case.put(name, *values)
            yield whether(case, excuse, f"segments' {base}, {said}", hidden)


def vp8_segment_tree():
    """The three probabilities of the segment tree count where the map is updated."""
    for device, update, bit, pointer, at in (
            ("g1", "G1_REG_FWD_PIC(0)", 2, "G1_REG_ADDR_QTABLE", 4),
            ("rk3399", VPU2 + 0x254, 2, "VDPU_REG_ADDR_QTABLE", 4),
            ("rk3568", VPU2 + 0x254, 2, "VDPU_REG_ADDR_QTABLE", 4),
            ("cedrus", "VE_VP8_PPS", 1 << 4, "VE_H264_EXTRA_BUFFER1", 0x1018)):
        for said, value, offset, hidden in (
                ("its first, no map", 0, 0, True), ("its last, no map", 0, 2, True),
                ("its first, map updated", bit, 0, False), ("its last, map updated", bit, 2, False),
                ("what is in front, no map", 0, -1, False), ("what is behind, no map", 0, 3, False)):
            case = Case(device, "vp8")
            case.put(update, value)
            case.put(pointer, TABLE)
            data = case.driver.tables[0].data()
            data[at + offset] ^= 1
            case.driver.tables[0].replace(data)
            yield whether(case, own.vp8_segment_tree, f"segment tree: {said}", hidden)


def vp8_show_frame():
    """One bit of the frame tag, which the hardware does not read: where it starts is compared."""
    start = {"g1": "G1_REG_ADDR_REF(13)", "rk3399": "VDPU_REG_VP8_ADDR_CTRL_PART",
             "rk3568": "VDPU_REG_VP8_ADDR_CTRL_PART", "cedrus": "VE_H264_VLD_OFFSET"}
    for device, name in start.items():
        for at, bit in ((0, 0x10), (0, 0x8), (0, 0x20), (0, 1), (1, 0x10), (3, 0x10)):
            data = bytearray([0x11, 2, 0, 0x9d])
            case = Case(device, "vp8", bytes(data))
            data[at] ^= bit
            case.driver.data = bytes(data)
            yield whether(case, own.vp8_show_frame, f"bit {bit:#x} of byte {at}", (at, bit) == (0, 0x10),
                          "bitstream")
        case = Case(device, "vp8", bytes([0x11, 2, 0, 0x9d]))
        case.driver.data = bytes([0x01, 2, 0, 0x9d])
        case.put(name, TABLE, TABLE + 8)
        yield case.sees(own.vp8_show_frame, "another start", name)


def outcomes():
    """All of them."""
    for check in (hantro_default_counts, rkvdec_default_counts, baseline, stale_slots, intra_lists,
                  deblocking, vp8_segments, vp8_segment_tree, vp8_show_frame):
        yield from check()
