# SPDX-License-Identifier: MIT
"""The simulated devices (guest/fakehw.c, guest/fakehw.dts), one entry each."""
import os
import re
from dataclasses import dataclass, field

from . import hardware

def _plain(value):
    return value, 0


def _cedrus_stream(value):
    """The top four bits of the address stand below the others, flags above (VE_H264_VLD_ADDR)."""
    return value & 0x0ffffff0 | (value & 0xf) << 28, value >> 28


def _cedrus_hevc(value):
    """Addresses of 256 bytes (VE_DEC_H265_SRAM_DATA_ADDR_BASE)."""
    return value << 8 & 0xffffffff, value >> 24


def _plain_forms(_at):
    return (_plain,)


def _cedrus_forms(at):
    """HEVC's engine has registers and a port of its own (cedrus_regs.h: VE_ENGINE_DEC_H265)."""
    return (_cedrus_hevc,) if 0x500 <= at < 0x600 else (_plain, _cedrus_stream)


BASE, BLOCK = 0x38300000, 0x10000  # as in guest/fakehw.c


@dataclass(frozen=True, eq=False)
class Device:
    """One device: where it is, what it decodes, who names its registers."""

    name: str
    title: str
    block: int            # line of models[] in guest/fakehw.c
    family: str           # what the rules of meaning.py know it by
    codecs: tuple
    header: str
    base: int = 0         # of the decoder's registers in the block
    outputs: str = ""     # names of the registers that say where internal pictures are written
    status: tuple = ()    # offsets of registers that the hardware alone writes
    # how addresses may stand in the register at an offset: functions, value -> (address, other bits)
    forms: object = _plain_forms
    # by codec: registers that point to memory which the hardware alone reads and writes
    scratch: dict = field(default_factory=dict)
    mode: str = "frame"
    smallest: int = 1     # pixels either way (VIDIOC_ENUM_FRAMESIZES)
    deep: str = ""        # GStreamer's name of the linear format for 10 bits

    def format(self, pixels):
        """GStreamer's name of the linear format for a stream's sample format; None: there is none."""
        if not pixels or re.fullmatch("yuvj?420p", pixels):
            return "NV12"
        return self.deep or None if pixels == "yuv420p10le" else None

    @property
    def address(self):
        """As the platform bus names the device."""
        return f"{BASE + self.block * BLOCK:08x}"

    def register_names(self, kernel, codec):
        """hardware.Names of a codec's registers, from the headers that build-kernel keeps."""
        others = {"vp9": r"VEPU_|\w+_H264_"}.get(codec, r"VEPU_|\w+_VP9")
        return hardware.names([os.path.join(kernel, "drivers", self.header)], self.base, others)


DEVICES = {device.name: device for device in (
    Device("g1", "i.MX8MQ G1 (hantro)", 0, "hantro", ("mpeg2", "h264", "vp8"), "hantro_g1_regs.h",
           smallest=48),
    Device("g2", "i.MX8MQ G2 (hantro)", 1, "hantro", ("hevc", "vp9"), "hantro_g2_regs.h",
           outputs=r"^G2_OUT_\w+_ADDR$", smallest=48, deep="P010_10LE"),
    Device("rk3399", "RK3399 VPU2 (hantro)", 2, "hantro", ("mpeg2", "vp8"),
           "rockchip_vpu2_regs.h", 0x400, smallest=48),
    Device("rk3568", "RK3568 VPU2 (hantro)", 3, "hantro", ("mpeg2", "h264", "vp8"),
           "rockchip_vpu2_regs.h", 0x400, smallest=48),
    Device("rk3588", "RK3588 AV1 (hantro)", 4, "rk3588", ("av1",), "rockchip_vpu981_regs.h",
           outputs=r"^AV1_TILE_OUT_\w+$", smallest=64, deep="P010_10LE"),
    Device("rkvdec", "RK3399 rkvdec", 5, "rkvdec", ("h264", "vp9"), "rkvdec-regs.h"),
    Device("cedrus", "H3 cedrus", 6, "cedrus", ("mpeg2", "h264", "hevc", "vp8"),
           "cedrus_regs.h",
           status=(0x11c, 0x228, 0x538),
           forms=_cedrus_forms,
           # allocated with DMA_ATTR_NO_KERNEL_MAPPING: the kernel cannot write there
           scratch={"h264": ("VE_H264_EXTRA_BUFFER1", "VE_H264_EXTRA_BUFFER2",
                             "VE_DBLK_DRAM_BUF_ADDR", "VE_INTRAPRED_DRAM_BUF_ADDR"),
                    "hevc": ("VE_DEC_H265_NEIGHBOR_INFO_ADDR",)}, mode="slice"),
)}
