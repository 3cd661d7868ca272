# SPDX-License-Identifier: MIT
"""Brings what hardware was told into a form that does not depend on the client's own numbering.

REWRITES bring both sides into one form, of which everything is compared; what may differ without
meaning anything has a line in EXCUSES. Each has its proof there, and its cases in ../check-registers:
what it must hide, and what it must not.
"""
import copy
import re

from . import bits, cedrus, own

SLOTS = 16
PACKET, PACKETS = 32, 256  # rkvdec's parameter sets: bytes of one, and how many
RKVDEC_LISTS = 3


def canonical(job, device, codec, names, pictures, left_out=None):
    """A copy of a hardware.Job in that form. pictures: the oracle's numbers of the job's own. left_out:
    a function of REWRITES or EXCUSES that is not to be used."""
    job = copy.deepcopy(job)
    job.extent = job.data  # what of the bitstream is compared
    for family, kind, rewrite, _ in REWRITES:
        if (family, kind) == (device.family, codec) and rewrite is not left_out:
            rewrite(job, names, pictures)
    for family, kind, excuse, _ in EXCUSES:
        if (family, kind) == (device.family, codec) and excuse is not left_out:
            excuse(job, names)
    return job


def relative(job, names, _pictures):
    """Addresses behind a picture's buffer as offsets from the picture's."""
    by_name = {name: at for at, name in names.registers.items()}
    for name, at in by_name.items():
        found = re.match(r"(G2_(?:OUT|REF))_COMP_(?:LUMA|CHROMA)_ADDR(\(\d+\))?$", name)
        base = found and by_name.get(f"{found[1]}_LUMA_ADDR{found[2] or ''}")
        if base and job.registers.get(at) and job.registers.get(base):
            job.registers[at] = job.registers[at] - job.registers[base] & 0xffffffff


def lengths(job, names, _pictures):
    """The register of the OUTPUT buffer's size, of G2 and RK3588."""
    for at, fields in names.fields.items():
        if job.source and any(re.match(r"(g2|av1)_strm_buffer_len$", name) for name, *_ in fields):
            job.registers[at] -= job.source.length


def cedrus_vp8_lengths(job, names, _pictures):
    """The register of the OUTPUT buffer's size in bits."""
    if job.source:
        job.registers[names.at("VE_H264_VLD_LEN")] -= job.source.length * 8


def _rkvdec_poc(n):
    """The register of picture order count n: top and bottom of slot 0, of slot 1, and so on."""
    for first, count in ((0x64, 15), (0xc4, 15), (0x120, 2)):
        if n < count:
            return first + 4 * n
        n -= count
    raise ValueError(n)


def _rkvdec_base(slot):
    return 0x28 + 4 * slot if slot < SLOTS - 1 else 0xc0


def rkvdec_h264(job, names, pictures):
    """Slots in the order of their pictures: registers, reference lists, flags in the parameter sets."""
    registers, keys = job.registers, []
    for i in range(SLOTS):
        base = registers[_rkvdec_base(i)]
        active = base & 8  # RKVDEC_COLMV_USED_FLAG_REF
        target = job.resolve(base & ~0xf)
        values = base, registers[_rkvdec_poc(2 * i)], registers[_rkvdec_poc(2 * i + 1)]
        picture = pictures.get(target[1], -1) if target else -1
        keys.append((not active, picture, base & 0xf, values, i))
    keys.sort(key=lambda key: (key[0], key[1] if isinstance(key[1], int) else -1, key[2], key[4]))
    for new, (*_, values, _old) in enumerate(keys):
        registers[_rkvdec_base(new)] = values[0]
        registers[_rkvdec_poc(2 * new)], registers[_rkvdec_poc(2 * new + 1)] = values[1:]
    table, rps = job.table(registers[names.at("RKVDEC_REG_RPS_BASE")])
    if table:
        data = table.data()
        order = [key[-1] for key in keys]
        _rkvdec_lists(data, 8 * rps, order)
        _rkvdec_parameters(data, table.address, registers[names.at("RKVDEC_REG_PPS_BASE")], order)
        table.replace(data)


def _rkvdec_lists(data, at, order):
    numbers = [bits.read(data, at + 16 * i, 16) for i in range(SLOTS)]
    for new, old in enumerate(order):
        bits.write(data, at + 16 * new, 16, numbers[old])
    for i in range(RKVDEC_LISTS * 32):
        entry = at + 288 + 7 * i
        slot = bits.read(data, entry, 4)
        if bits.read(data, entry + 4, 1):  # names a picture
            bits.write(data, entry, 4, order.index(slot))


def _rkvdec_parameters(data, start, base, order):
    """The packets of the parameter sets: flags of the slots, and an address in the same table."""
    for ident in range(PACKETS):
        packet = 8 * (base - start + PACKET * ident)
        if not any(data[packet // 8:packet // 8 + PACKET]):
            continue
        flags = [bits.read(data, packet + 216 + i, 1) for i in range(SLOTS)]  # IS_LONG_TERM
        for new, old in enumerate(order):
            bits.write(data, packet + 216 + new, 1, flags[old])
        scaling = packet + 184  # SCALING_LIST_ADDRESS
        if bits.read(data, scaling, 32):
            bits.write(data, scaling, 32, bits.read(data, scaling, 32) - start)


def g2_hevc(job, names, pictures):
    """Slots in the order of their pictures: addresses, order counts, flags, reference lists."""
    registers = job.registers
    bases = [names.at(f"G2_REF_LUMA_ADDR({i})") for i in range(SLOTS)]
    used = [i for i in range(SLOTS) if registers[bases[i]]]
    count = len(used) - 1  # the last one is the picture itself
    keys = []
    for i in range(count):
        target = job.resolve(registers[bases[i]])
        keys.append((pictures.get(target[1], -1) if target else -1, i))
    order = [i for _, i in sorted(keys, key=lambda key: (str(key[0]).zfill(9), key[1]))]

    def get(field):
        at, shift, mask = names.field(field)
        return registers[at] >> shift & mask

    def put(field, value):
        at, shift, mask = names.field(field)
        registers[at] = registers[at] & ~(mask << shift) | (value & mask) << shift

    for kind in ("LUMA", "CHROMA", "MV", "COMP_LUMA", "COMP_CHROMA"):
        at = [names.at(f"G2_REF_{kind}_ADDR({i})") for i in range(count)]
        for target, value in zip(at, [registers[at[i]] for i in order]):
            registers[target] = value
    orders = [get(f"hevc_cur_poc_{i:02}") for i in range(count)]
    long_term = get("g2_refer_lterm_e")
    for new, old in enumerate(order):
        put(f"hevc_cur_poc_{new:02}", orders[old])
    flags = sum((long_term >> SLOTS - 1 - old & 1) << SLOTS - 1 - new
                for new, old in enumerate(order))
    put("g2_refer_lterm_e", flags | long_term & (1 << SLOTS - count) - 1)
    for field in [f"hevc_rlist_{kind}{i}" for kind in "fb" for i in range(SLOTS)]:
        if get(field) < count:
            put(field, order.index(get(field)))


def _still(known, job):
    """The addresses that are not something else's meanwhile: of the job's bitstream, its picture, or
    a table that a register points into."""
    used = [(address, length) for address, length, picture in job.captures
            if picture == job.picture]
    used += [(table.address, table.length) for table in job.tables]
    if job.source:
        used.append((job.source.address, job.source.length))
    return {address: place for address, place in known.items()
            if not any(start <= address < start + length for start, length in used)}


def follow_motion(jobs, device, codec):
    """Where cedrus keeps the motion vectors of each picture: only a port is told, in the entry of
    the picture that is decoded. Later entries of the picture must then have the same address."""
    known = {}
    for job in jobs if device.family == "cedrus" and codec in ("h264", "hevc") else ():
        known = _still(known, job)
        if codec == "h264":
            known |= cedrus.h264_motion(job)
        elif cedrus.motion(job):
            known[cedrus.motion(job) << 8] = job.picture, 0
        job.motion = dict(known)


def rk3588_av1(job, names, _pictures):
    """The tiles' bytes instead of where they stand."""
    registers = job.registers
    stream, five, six = names.at("AV1_INPUT_STREAM"), 5 * 4, 6 * 4
    target = job.resolve(registers[stream])
    table, at = job.table(registers[names.at("AV1_TILE_BASE")])
    if not target or target[0] != "OUTPUT" or not table:
        return
    first = target[1] + (registers[five] >> 25) // 8  # av1_strm_start_bit
    registers[stream], registers[five] = 0, registers[five] & 0x1ffffff
    registers[six] -= len(job.data)  # av1_stream_len
    data, tiles = table.data(), []
    while at + 16 <= len(data) and any(data[at:at + 16]):
        start, end = (bits.read(data, 8 * (at + n), 32) for n in (8, 12))
        tiles.append(job.data[first + start:first + end])
        bits.write(data, 8 * (at + 8), 64, end - start)
        at += 16
    table.replace(data)
    job.extent = tiles


_ZEROS = ("trailing_zero_8bits and the zero_byte of the next start code are of no NAL unit (H.264, "
          "B.1.1); the length is compared less their number")
_END = ("no macroblock follows a sequence_end_code (ISO/IEC 13818-2, 6.2.2); the length is compared "
        "less its four bytes")
_SLOTS = ("slots are in the client's order of DPB entries: they are sorted by picture, and all that "
          "names a slot by its number follows")
_COMPRESSED = ("the addresses stand at an offset to the picture's, behind buffers that may have none: "
               "the offset is compared")
_SIZE = "a client chooses the size of its OUTPUT buffers: the value less the buffer's size is compared"
# (family, codec, function, proof): what brings both sides into one form, in this order.
REWRITES = (
    ("hantro", "h264", own.h264_padding, _ZEROS),
    ("rkvdec", "h264", own.h264_padding, _ZEROS),
    ("cedrus", "h264", own.h264_padding, _ZEROS),
    ("hantro", "mpeg2", own.mpeg2_padding, _END),
    ("cedrus", "mpeg2", own.mpeg2_padding, _END),
    ("rkvdec", "h264", rkvdec_h264, _SLOTS),
    ("rk3588", "av1", rk3588_av1, "a client puts tiles where it likes in the OUTPUT buffer: the bytes "
     "of each are compared, and their number"),
    ("hantro", "hevc", g2_hevc, _SLOTS),
    ("cedrus", "hevc", cedrus.canonical, _SLOTS + "; memory is compared by place, whatever the order "
     "in which it was written"),
    ("hantro", "hevc", relative, _COMPRESSED),
    ("hantro", "vp9", relative, _COMPRESSED),
    ("hantro", "hevc", lengths, _SIZE + " (hantro_g2_hevc_dec.c: set_buffers)"),
    ("hantro", "vp9", lengths, _SIZE + " (hantro_g2_vp9_dec.c: config_source)"),
    ("rk3588", "av1", lengths, _SIZE + " (rockchip_vpu981_hw_av1_dec.c: set_input_buffer)"),
    ("cedrus", "vp8", cedrus_vp8_lengths, _SIZE + " (cedrus_vp8.c: cedrus_vp8_setup)"),
)


def _default_counts(job, n):
    """Whether no slice takes the picture parameter set's default count of list n."""
    return bool(job.slices) and not any(one.uses_default(n) for one in job.slices)


def hantro_default_counts(job, names):
    """Default counts of references that no slice takes."""
    for n, field in ((0, 0x1f << 14), (1, 0x1f << 19)):
        if _default_counts(job, n):
            at = next(at for at, name in names.registers.items() if name.endswith("_DEC_CTRL6"))
            job.registers[at] &= ~field


def rkvdec_default_counts(job, names):
    """Likewise, in the packets of the parameter sets."""
    table, at = job.table(job.registers[names.at("RKVDEC_REG_PPS_BASE")])
    if not table:
        return
    data = table.data()
    for n in (0, 1):
        if _default_counts(job, n):
            for ident in {one["pic_parameter_set_id"] for one in job.slices}:
                bits.write(data, 8 * (at + PACKET * ident) + 143 + 5 * n, 5, 0)
    table.replace(data)


def rkvdec_inactive(job, _names):
    """Slots that are not active."""
    for i in range(SLOTS):
        if not job.registers[_rkvdec_base(i)] & 8:  # RKVDEC_COLMV_USED_FLAG_REF
            for at in (_rkvdec_base(i), _rkvdec_poc(2 * i), _rkvdec_poc(2 * i + 1)):
                job.registers[at] = 0


def rkvdec_packets(job, names):
    """Packets of parameter sets that no slice names."""
    used = {one["pic_parameter_set_id"] for one in job.slices}
    table, at = job.table(job.registers[names.at("RKVDEC_REG_PPS_BASE")])
    if table and used:
        data = table.data()
        for ident in set(range(PACKETS)) - used:
            data[at + PACKET * ident:at + PACKET * (ident + 1)] = bytes(PACKET)
        table.replace(data)


def _is_irap(job):
    """Whether the first NAL unit of an HEVC job is of an intra random access point (table 7-1)."""
    at = job.data.find(b"\0\0\1", 0, 4)
    return at >= 0 and 16 <= job.data[at + 3] >> 1 & 0x3f <= 23


def g2_lists(job, names):
    """Reference lists of pictures that have only I slices."""
    if _is_irap(job):
        for field in [f"hevc_rlist_{kind}{i}" for kind in "fb" for i in range(SLOTS)]:
            at, shift, mask = names.field(field)
            job.registers[at] &= ~(mask << shift)


def g2_deblocking(job, names):
    """deblocking_filter_control_present_flag where it controls nothing."""
    def value(field):
        at, shift, mask = names.field(field)
        return job.registers[at] >> shift & mask

    if not any(map(value, ("g2_out_filtering_dis", "g2_filter_override", "g2_filt_offset_beta",
                           "g2_filt_offset_tc"))):
        at, shift, _ = names.field("g2_filt_ctrl_pres")
        job.registers[at] &= ~(1 << shift)


def cedrus_vp8_segments(job, names):
    """Segments' values that none has; the others as final values."""
    pps = names.at("VE_VP8_PPS")
    values = [names.at(f"VE_VP8_SEGMENT_FEAT_MB_LV{n}") for n in (0, 1)]
    if not job.registers[pps] & 1 << 6:  # VE_VP8_PPS_SEGMENTATION_ENABLE
        job.registers[pps] &= ~(1 << 5)  # VE_VP8_PPS_MB_SEGMENT_ABS_DELTA
        for at in values:
            job.registers[at] = 0
    elif not job.registers[pps] & 1 << 5:  # values are deltas: the final ones (9.3, 9.6)
        job.registers[pps] |= 1 << 5
        base = (job.registers[names.at("VE_VP8_QP_INDEX_DELTA")] & 0x7f,
                job.registers[pps] >> 12 & 0x3f)
        for at, start, most in zip(values, base, (127, 63)):
            old = job.registers[at].to_bytes(4, "little")
            job.registers[at] = int.from_bytes(
                bytes(min(max(start + byte - (byte & 0x80) * 2, 0), most) for byte in old),
                "little")


# hantro_g1_vp8_dec.c: cfg_ref (others of G1's registers of that name have the partitions: cfg_parts);
# rockchip_vpu2_hw_vp8_dec.c: cfg_ref; cedrus_vp8.c: cedrus_vp8_setup.
VP8_REFERENCES = re.compile(r"^G1_REG_ADDR_REF\((0|4|5)\)$|^VDPU_REG_VP8_ADDR_REF(0|2_5\((2|3)\))$|"
                            r"^VE_VP8_(FWD|BWD|ALT)_(LUMA|CHROMA)$")


def vp8_references(job, names):
    """References of key frames."""
    if job.data and not job.data[0] & 1:  # key_frame (RFC 6386, 9.1)
        for at, name in names.registers.items():
            if VP8_REFERENCES.search(name):
                job.registers[at] &= 3  # flags


# (family, codec, what clears it, proof): what hardware is told and has no use for in that job.
_COUNT = ("num_ref_idx_lN_default_active_minus1 is for slices without num_ref_idx_active_override_"
          "flag (7.4.3), and the slice headers say that the job has none; VA does not carry it")
_KEY = ("a key frame predicts from no other frame (RFC 6386, 5); the oracle's timestamp 0 for none "
        "is also its first picture's")
EXCUSES = (
    ("hantro", "h264", hantro_default_counts, _COUNT),
    ("rkvdec", "h264", rkvdec_default_counts, _COUNT),
    ("rkvdec", "h264", rkvdec_inactive, "a slot that is not active has no picture (config_registers: "
     "the address is that of the job's own), and no list names it"),
    ("rkvdec", "h264", rkvdec_packets, "of 256 packets of parameter sets those are read that slices "
     "name (assemble_hw_pps); the others are of earlier jobs, where they were compared"),
    ("hantro", "hevc", g2_lists, "an intra random access point has only I slices (3.69), which "
     "use no reference list; the kernel then fills the lists with whatever slot comes first"),
    ("hantro", "hevc", g2_deblocking, "VA does not carry deblocking_filter_control_present_flag: "
     "only where all that it controls is 0, which is what is inferred without it (7.4.3.3.1)"),
    ("cedrus", "vp8", cedrus_vp8_segments, "without segmentation no segment has a value, and with "
     "it a delta and the final value are the same (RFC 6386, 9.3, 9.6)"),
    ("cedrus", "vp8", vp8_references, _KEY),
    ("hantro", "vp8", vp8_references, _KEY),
    ("hantro", "h264", own.baseline, "FFmpeg decodes what is Baseline and not Constrained Baseline as a "
     "higher profile. That no picture of it can use what that adds follows from the standard (A.2.1), "
     "not from the kernel's driver: GStreamer takes the right profile, and is compared without this"),
    ("hantro", "h264", own.stale_slots, "dpb_valid says which slots are references; of the others, "
     "update_dpb and the list builders leave what was there before"),
    ("hantro", "vp9", own.vp9_references, "an intra frame has no reference; the kernel's driver "
     "does not write these registers for it (hantro_g2_vp9_dec_run)"),
    ("rkvdec", "vp9", own.vp9_references, "an intra frame has no reference (FrameIsIntra)"),
    ("hantro", "vp8", own.vp8_segment_tree, "SEGMENT_UPD_E says that no tree is read"),
    ("cedrus", "vp8", own.vp8_segment_tree, "VE_VP8_PPS_UPDATE_MB_SEGMENTATION_MAP, likewise"),
    ("hantro", "vp8", own.vp8_show_frame, "the hardware starts behind the frame tag (cfg_parts)"),
    ("cedrus", "vp8", own.vp8_show_frame, "VE_H264_VLD_OFFSET, which is compared, is behind the "
     "frame tag (cedrus_vp8_setup)"),
)
