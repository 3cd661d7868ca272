# SPDX-License-Identifier: MIT
"""What cedrus writes into the memory of its H.264 and HEVC engines; of HEVC's, in one order of pictures.

cedrus_h265.c (Linux 6.12) writes an offset to VE_DEC_H265_SRAM_OFFSET and words to
VE_DEC_H265_SRAM_DATA, cedrus_h264.c to VE_AVC_SRAM_PORT_OFFSET and _DATA; guest/fakehw.c records
with each offset how many words came before it.
"""
H264_OFFSET, H264_DATA = 0x2e0, 0x2e4
H264_FRAMES, H264_ENTRIES = 0x100 << 2, 18  # CEDRUS_SRAM_H264_FRAMEBUFFER_LIST, .._H264_FRAME_NUM
H264_LUMA, H264_TOP, H264_BOTTOM = 3, 5, 6  # words of struct cedrus_h264_sram_ref_pic
H264_ADDRESSES = range(3, 7)
OFFSET, DATA = 0x5e0, 0x5e4
FRAMES, UNIT, WORDS = 0x400, 0x20, 6      # struct cedrus_h265_sram_frame_info
# VE_DEC_H265_SRAM_OFFSET_REF_PIC_LIST0, 1; where SLICE_HDR_INFO0 has the number of entries, less 1
LISTS = ((0xc00, 16), (0xc10, 20))
LONG_TERM = 0x80                          # VE_DEC_H265_SRAM_REF_PIC_LIST_LT_REF
OUTPUT = 16                               # V4L2_HEVC_DPB_ENTRIES_NUM_MAX: the picture itself
MOTION, LUMA = 2, 4                       # words of a frame's entry
ADDRESSES = range(2, 6)


def _places(job, offset, data):
    """The byte offset of each word that the job's setup wrote through two ports; less than 0 where no
    offset was written before."""
    offsets, count = job.ports.get(offset, []), len(job.ports.get(data, []))
    starts = list(zip(offsets[::2], offsets[1::2]))
    found = list(range(-4 * count, 0, 4))
    for (base, start), (_, end) in zip(starts, [*starts[1:], (0, count)]):
        found[start:end] = range(base, base + 4 * max(min(end, count) - start, 0), 4)
    return found


def memory(job, offset=OFFSET, data=DATA):
    """{byte offset: word} of what the job's setup wrote through two ports."""
    return dict(zip(_places(job, offset, data), job.ports.get(data, [])))


def addresses(job):
    """Where addresses are in what was written to the ports of either engine: {port: indices}. HEVC's as
    canonical() leaves them."""
    entries = range(0, UNIT * H264_ENTRIES, UNIT)
    h264 = {H264_FRAMES + entry + 4 * n for entry in entries for n in H264_ADDRESSES}
    hevc = {FRAMES + entry + 4 * n for entry in entries[:OUTPUT + 1] for n in ADDRESSES}
    return {H264_DATA: {i for i, at in enumerate(_places(job, H264_OFFSET, H264_DATA)) if at in h264},
            DATA: {i for i, at in enumerate(job.ports.get(OFFSET, ())) if at in hevc}}


def _frame(words, slot):
    return [words.get(FRAMES + UNIT * slot + 4 * i) for i in range(WORDS)]


def motion(job):
    """The address of the motion vectors of an HEVC job's own picture, as words of memory() have it."""
    return _frame(memory(job), OUTPUT)[MOTION]


def h264_motion(job):
    """{address: (picture, offset)} of the motion vectors of an H.264 job's own picture."""
    words, known = memory(job, H264_OFFSET, H264_DATA), {}
    for entry in range(H264_FRAMES, H264_FRAMES + UNIT * H264_ENTRIES, UNIT):
        target = job.resolve(words.get(entry + 4 * H264_LUMA, 0))
        if target and target[:2] == ("CAPTURE", job.picture):
            top, bottom = (words[entry + 4 * n] for n in (H264_TOP, H264_BOTTOM))
            known[top], known[bottom] = (job.picture, 0), (job.picture, bottom - top)
    return known


def canonical(job, names, pictures):
    """Sorts the slots of references by picture; the reference lists' indices follow. The memory is
    then compared by place, whatever the order in which it was written."""
    words = memory(job)
    if not words:
        return
    slots = [slot for slot in range(OUTPUT) if None not in _frame(words, slot)]
    keys = {}
    for slot in slots:
        target = job.resolve(_frame(words, slot)[LUMA] << 8)
        keys[slot] = pictures.get(target[1], -1) if target else -1
    order = sorted(slots, key=lambda slot: (str(keys[slot]).zfill(9), slot))
    frames = {slot: _frame(words, slot) for slot in slots}
    for slot in slots:
        for i in range(WORDS):
            del words[FRAMES + UNIT * slot + 4 * i]
    for new, old in enumerate(order):
        words |= {FRAMES + UNIT * new + 4 * i: word for i, word in enumerate(frames[old])}
    info = job.registers[names.at("VE_DEC_H265_DEC_SLICE_HDR_INFO0")]
    for base, shift in LISTS:
        for i in range((info >> shift & 0xf) + 1):
            _renumber(words, base, i, order)
    job.ports[OFFSET] = sorted(words)
    job.ports[DATA] = [words[at] for at in sorted(words)]
    job.registers[OFFSET] = job.registers[DATA] = 0  # the last of what the ports have


def _renumber(words, base, i, order):
    """Entry i of a list, four to a word; behind the last one there are zeros, which name no slot."""
    at, shift = base + i // 4 * 4, i % 4 * 8
    if at in words:
        byte = words[at] >> shift & 0xff
        slot = byte & ~LONG_TERM
        byte = byte & LONG_TERM | (order.index(slot) if slot in order else slot)
        words[at] = words[at] & ~(0xff << shift) | byte << shift
