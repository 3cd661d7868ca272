# SPDX-License-Identifier: MIT
"""What a client, and not the driver under test, makes different in what the hardware is told.

Each function takes it out of one side, from what that side alone says: what is left is compared.
The files and functions named are those of Linux 6.12.
"""
import re

# (codec, name of a register that holds the length or the end of the bitstream): its unit in bits,
# by the function that writes it.
LENGTHS = {
    ("h264", "G1_REG_DEC_CTRL3"): 1,         # hantro_g1_h264_dec.c: set_params
    ("mpeg2", "G1_REG_DEC_CTRL3"): 1,        # hantro_g1_mpeg2_dec.c: hantro_g1_mpeg2_dec_run
    ("h264", "VDPU_REG_STREAM_LEN"): 1,      # rockchip_vpu2_hw_h264_dec.c: set_params
    ("mpeg2", "VDPU_REG_STREAM_LEN"): 1,     # rockchip_vpu2_hw_mpeg2_dec.c: ..._mpeg2_dec_run
    ("h264", "RKVDEC_REG_STRM_LEN"): 1,      # rkvdec-h264.c: config_registers
    ("h264", "VE_H264_VLD_LEN"): 8,          # cedrus_h264.c: cedrus_set_params
    ("h264", "VE_H264_VLD_END"): 1,
    ("mpeg2", "VE_DEC_MPEG_VLD_LEN"): 8,     # cedrus_mpeg2.c: cedrus_mpeg2_setup
    ("mpeg2", "VE_DEC_MPEG_VLD_END_ADDR"): 1,
}
START, SEQUENCE_END = b"\0\0\1", b"\0\0\1\xb7"


def _h264_data(data):
    """Without the zero bytes at the ends of NAL units: trailing_zero_8bits and the zero_byte of the
    next start code (B.1.1), which are of no NAL unit. GStreamer's parser leaves them out; FFmpeg
    counts those between the slices of a picture to the slice before."""
    return START.join(unit.rstrip(b"\0") for unit in data.split(START))


def _mpeg2_data(data):
    """Without a sequence_end_code behind the last slice (ISO/IEC 13818-2, 6.2.2): FFmpeg's demuxer
    counts it to the picture before, GStreamer's does not. No macroblock follows it."""
    return data[:-len(SEQUENCE_END)] if data.endswith(SEQUENCE_END) else data


def h264_padding(job, names, _pictures):
    """Of H.264."""
    _padding(job, "h264", names, _h264_data(job.data))


def mpeg2_padding(job, names, _pictures):
    """Of MPEG-2."""
    _padding(job, "mpeg2", names, _mpeg2_data(job.data))


def _padding(job, codec, names, data):
    """Takes bytes of the bitstream that belong to no slice out, and their number out of registers
    that hold the length: whatever they hold, so that one that was too short by it is not right."""
    spare = len(job.data) - len(data)
    if not spare or not job.source:
        return
    job.extent = data
    for at, name in names.registers.items():
        unit = LENGTHS.get((codec, name))
        if unit and at in job.registers:
            job.registers[at] -= spare * unit


# (register, bits) that say PICORD_COUNT_E and WRITE_MVS_E, and the address of the motion vectors.
_MOTION = (
    ("G1_REG_DEC_CTRL0", 1 << 9 | 1 << 12),  # hantro_g1_h264_dec.c: set_params
    ("G1_REG_ADDR_DIR_MV", 0xffffffff),      # and set_buffers
)
_VPU2_BASE = 0x400
_VPU2_MOTION = ((57, 1 << 6 | 1 << 10),      # rockchip_vpu2_hw_h264_dec.c: set_params
                (62, 0xffffffff))            # and set_buffers


def baseline(job, names):
    """Of a Baseline stream, what depends on profile_idc > 66 alone: whether picture order counts are
    read and motion vectors written. Only B slices use either, and Baseline has none (A.2.1): what the
    hardware does with them there is not known, but that memory is there (hantro_h264_mv_size)."""
    if not (job.baseline and job.raised) or any(one["slice_type"] % 5 == 1 for one in job.slices):
        return
    by_name = {name: at for at, name in names.registers.items()}
    places = [(by_name[name], mask) for name, mask in _MOTION if name in by_name]
    for at, mask in places or [(_VPU2_BASE + 4 * n, mask) for n, mask in _VPU2_MOTION]:
        if at in job.registers:
            job.registers[at] &= ~mask


# Registers of the initial reference lists and the list index in each of their places of 5 bits, from
# the lowest: G1 (hantro_g1_h264_dec.c: set_ref), VPU2 (rockchip_vpu2_hw_h264_dec.c: set_ref).
_G1_LISTS = (
    *(("G1_REG_BD_REF_PIC(0)", i, [3 * i + place // 2 for place in range(6)]) for i in range(5)),
    ("G1_REG_BD_P_REF_PIC", 0, (15, 15, 0, 1, 2, 3)),
    *(("G1_REG_FWD_PIC(0)", i, range(4 + 6 * i, 10 + 6 * i)) for i in range(2)))
_VPU2_LISTS = ((74, range(4, 10)), (75, range(10, 16)), (106, range(4)),
               *((first + i, range(6 * i, min(6 * i + 6, 16)))
                 for first in (100, 103) for i in range(3)))
_POC = 3680  # struct hantro_h264_dec_priv_tbl: behind cabac_table
SLOTS = 16


def _valid(value, is_field):
    """The slots in dpb_valid (prepare_table): bit 31 is slot 0, in fields the top field of slot 0."""
    return {i // 2 if is_field else i for i in range(32) if value >> 31 - i & 1}


def stale_slots(job, names):
    """What hantro keeps of earlier pictures, which depends on how long a client holds the device
    open. hantro_h264.c's update_dpb clears the flags of slots alone, so that prepare_table writes
    the picture order counts of those that are no reference; and v4l2-h264.c's builders fill as many
    places of a frame's lists as there are references (of a field's, deduplicate_reflist sets the
    others). dpb_valid says which slots and how many; it is compared."""
    by_name = {name: at for at, name in names.registers.items()}
    g1 = "G1_REG_VALID_REF" in by_name
    valid = by_name["G1_REG_VALID_REF"] if g1 else _VPU2_BASE + 4 * 108
    if not job.slices and not job.baseline:  # which has no fields (A.2.1)
        return
    is_field = bool(job.slices and job.slices[0]["field_pic_flag"])
    slots = _valid(job.registers[valid], is_field)
    lists = [(by_name[name] + 4 * i, places) for name, i, places in _G1_LISTS] if g1 else \
        [(_VPU2_BASE + 4 * n, places) for n, places in _VPU2_LISTS]
    for at, places in lists if not is_field else ():
        for place, index in enumerate(places):
            if index >= len(slots):
                job.registers[at] &= ~(0x1f << 5 * place)
    table, start = job.table(job.registers[by_name["G1_REG_ADDR_QTABLE" if g1 else
                                                   "VDPU_REG_ADDR_QTABLE"]])
    if table and table.length >= start + _POC + 8 * SLOTS:
        data = table.data()
        for slot in set(range(SLOTS)) - slots:
            at = start + _POC + 8 * slot
            data[at:at + 8] = bytes(8)
        table.replace(data)


def vp8_show_frame(job, _names):
    """The show_frame bit of the frame tag (RFC 6386, 9.1): VA-API carries neither it nor the tag, so
    the driver writes one. The hardware starts behind the tag, at first_part_offset 3 or 10
    (hantro_g1_vp8_dec.c, rockchip_vpu2_hw_vp8_dec.c: cfg_parts; cedrus_vp8.c: cedrus_vp8_setup)."""
    if job.extent:
        job.extent = bytes([job.extent[0] & ~0x10]) + job.extent[1:]


# Where the probabilities of VP8's segment tree are, by a register that the device alone has: register
# and bit that say that the map is updated, register that points to the table, offset there.
_SEGMENT_TREES = (
    ("G1_REG_FWD_PIC(0)", 0, 2, "G1_REG_ADDR_QTABLE", 4),           # hantro_g1_vp8_dec.c: cfg_buffers
    ("VDPU_REG_ADDR_QTABLE", _VPU2_BASE + 0x254, 2, "VDPU_REG_ADDR_QTABLE", 4),
    # cedrus_vp8.c: cedrus_vp8_setup, VE_VP8_PPS_UPDATE_MB_SEGMENTATION_MAP; cedrus_vp8_update_probs.
    # VE_VP8_ENTROPY_PROBS_ADDR has the name of what stands there for H.264.
    ("VE_VP8_PPS", 0, 1 << 4, "VE_H264_EXTRA_BUFFER1", 0x1018),
)


def vp8_segment_tree(job, names):
    """Probabilities of the segment tree are read only where the map is updated (RFC 6386, 9.3,
    19.3), which a bit says (SEGMENT_UPD_E on hantro); drivers copy what a client has kept from
    before (hantro_vp8.c: hantro_vp8_prob_update)."""
    by_name = {name: at for at, name in names.registers.items()}
    for name, number, bit, pointer, offset in _SEGMENT_TREES:
        update = number or by_name.get(name)
        if name not in by_name or job.registers.get(update, bit) & bit:
            continue
        table, start = job.table(job.registers.get(by_name[pointer], 0))
        if table:
            data = table.data()
            data[start + offset:start + offset + 3] = bytes(3)
            table.replace(data)


# Registers of references: G2 (hantro_g2_vp9_dec.c: config_ref_registers), rkvdec (rkvdec-vp9.c:
# config_ref_registers).
_VP9_REFERENCES = re.compile(
    r"G2_REF_((LUMA|CHROMA)_ADDR\([045]\)|MV_ADDR\(0\))$|"
    r"RKVDEC_(REG_VP9_FRAME_SIZE|VP9_HOR_VIRSTRIDE)\([0-2]\)$|"
    r"RKVDEC_(REG_)?VP9_(LAST|GOLDEN|ALTREF)_FRAME_(BASE|YSTRIDE|YUVSTRIDE)$")


def vp9_references(job, names):
    """References of a frame that has none: a key frame, or one with intra_only (VP9 specification,
    6.2, 7.2: FrameIsIntra). Which ones are named is the client's choice. rkvdec writes them down;
    G2's driver leaves those of the frame before, whose memory may be gone (hantro_g2_vp9_dec_run)."""
    head = job.data[:2]
    if len(head) < 2 or head[0] & 0xf8 not in (0x80, 0xa0, 0x90):  # frame_marker, no show_existing
        return
    is_key, shown, intra_only = not head[0] & 4, head[0] & 2, head[1] & 0x80
    if is_key or (intra_only and not shown):
        for at, name in names.registers.items():
            if at in job.registers and _VP9_REFERENCES.match(name):
                job.registers[at] = 0
