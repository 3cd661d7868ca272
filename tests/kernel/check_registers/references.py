# SPDX-License-Identifier: MIT
"""What the excuses for references of frames that have none hide, and what they must not: every
register of every device, by its name, written down again from the kernel's drivers (Linux 6.12).
"""
from crosscheck import meaning, own

from .made import SOURCE, TARGET, Case, whether

# pylint: disable=protected-access
#: The first bytes of VP9 frames: a key frame, one with intra_only; an inter frame, one whose bits look
#: like intra_only, and a shown one.
VP9 = (("a key frame", bytes([0x82, 0]), True), ("intra_only", bytes([0x84, 0x80]), True),
       ("an inter frame", bytes([0x86, 0]), False), ("a hidden inter frame", bytes([0x84, 0]), False),
       ("a shown frame whose next bit is set", bytes([0x86, 0x80]), False),
       ("no frame", bytes([0x42, 0]), False))
#: hantro_g2_vp9_dec.c: config_ref_registers; rkvdec-vp9.c: config_ref_registers
VP9_NAMES = {
    "g2": [*(f"G2_REF_{kind}_ADDR({i})" for kind in ("LUMA", "CHROMA") for i in (0, 4, 5)),
           "G2_REF_MV_ADDR(0)"],
    "rkvdec": [*(f"RKVDEC_REG_VP9_{ref}_FRAME_BASE" for ref in ("LAST", "GOLDEN", "ALTREF")),
               *(f"RKVDEC_VP9_{ref}_FRAME_YSTRIDE" for ref in ("LAST", "GOLDEN", "ALTREF")),
               "RKVDEC_VP9_LAST_FRAME_YUVSTRIDE",
               *(f"RKVDEC_REG_VP9_FRAME_SIZE({i})" for i in range(3)),
               *(f"RKVDEC_VP9_HOR_VIRSTRIDE({i})" for i in range(3))]}
#: Registers beside them, which have nothing to do with references: they are never left out.
VP9_OTHERS = {"g2": ("G2_REF_LUMA_ADDR(1)", "G2_REF_CHROMA_ADDR(3)", "G2_REF_MV_ADDR(1)",
                     "G2_OUT_LUMA_ADDR", "G2_STREAM_ADDR", "G2_VP9_PROBS_ADDR"),
              "rkvdec": ("RKVDEC_REG_VP9COUNT_BASE", "RKVDEC_REG_VP9_SEGIDLAST_BASE",
                         "RKVDEC_REG_DECOUT_BASE", "RKVDEC_VP9_SEGID_GRP(0)", "RKVDEC_REG_Y_VIRSTRIDE")}

#: hantro_g1_vp8_dec.c, rockchip_vpu2_hw_vp8_dec.c: cfg_ref; cedrus_vp8.c: cedrus_vp8_setup
VPU2_NAMES = ["VDPU_REG_VP8_ADDR_REF0", "VDPU_REG_VP8_ADDR_REF2_5(2)", "VDPU_REG_VP8_ADDR_REF2_5(3)"]
VP8_NAMES = {
    "g1": ["G1_REG_ADDR_REF(0)", "G1_REG_ADDR_REF(4)", "G1_REG_ADDR_REF(5)"],
    "rk3399": VPU2_NAMES, "rk3568": VPU2_NAMES,
    "cedrus": [f"VE_VP8_{ref}_{kind}" for ref in ("FWD", "BWD", "ALT") for kind in ("LUMA", "CHROMA")]}
VPU2_OTHERS = ("VDPU_REG_VP8_DCT_BASE(0)", "VDPU_REG_VP8_DCT_BASE(7)", "VDPU_REG_VP8_ADDR_CTRL_PART",
               "VDPU_REG_ADDR_DST", "VDPU_REG_VP8_SEGMENT_VAL", "VDPU_REG_VP8_ADDR_REF1")
VP8_OTHERS = {"g1": (*(f"G1_REG_ADDR_REF({i})" for i in (1, 6, *range(8, 16))), "G1_REG_ADDR_DST"),
              "rk3399": VPU2_OTHERS, "rk3568": VPU2_OTHERS,
              "cedrus": ("VE_VP8_REC_LUMA", "VE_VP8_REC_CHROMA", "VE_H264_VLD_ADDR")}


def vp9_references():
    """References of a frame that has none may be any; of one that has some they are compared."""
    excuse = own.vp9_references
    for device, names in VP9_NAMES.items():
        for kind, data, hidden in VP9:
            for name in names:
                case = Case(device, "vp9", data)
                case.put(name, TARGET, SOURCE)
                yield whether(case, excuse, f"{name} of {kind}", hidden, name)
        for name in VP9_OTHERS[device]:
            case = Case(device, "vp9", VP9[0][1])
            case.put(name, TARGET, SOURCE)
            yield case.sees(excuse, f"{name} of a key frame")


def vp8_references():
    """References of a key frame may be any, but for the two flags in the address."""
    excuse = meaning.vp8_references
    for device, names in VP8_NAMES.items():
        for kind, data, hidden in (("a key frame", b"\0", True), ("an inter frame", b"\1", False),
                                   ("no frame", b"", False)):
            for name in names:
                case = Case(device, "vp8", data)
                case.put(name, TARGET, SOURCE)
                yield whether(case, excuse, f"{name} of {kind}", hidden, name)
        for name in names:
            case = Case(device, "vp8", b"\0")
            case.put(name, TARGET, TARGET | 1)
            yield case.sees(excuse, f"{name}'s flag of a key frame", name)
        for name in VP8_OTHERS[device]:
            case = Case(device, "vp8", b"\0")
            case.put(name, TARGET, SOURCE)
            yield case.sees(excuse, f"{name} of a key frame")


def outcomes():
    """All of them."""
    yield from vp9_references()
    yield from vp8_references()
