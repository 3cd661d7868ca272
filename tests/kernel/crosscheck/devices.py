# SPDX-License-Identifier: MIT
"""The simulated devices (guest/fakehw.c, guest/fakehw.dts), one entry each."""
import os
from dataclasses import dataclass

from . import hardware

BASE, BLOCK = 0x38300000, 0x10000  # as in guest/fakehw.c


@dataclass(frozen=True)
class Device:
    """One device: where it is, what it decodes, who names its registers."""

    name: str
    title: str
    block: int            # line of models[] in guest/fakehw.c
    codecs: tuple
    header: str
    base: int = 0         # of the decoder's registers in the block
    outputs: str = ""     # names of the registers that say where internal pictures are written
    status: tuple = ()    # offsets of registers that the hardware alone writes
    forms: tuple = ((0xffffffff, 0),)  # (mask, left shift): how addresses stand in registers
    mode: str = "frame"

    @property
    def address(self):
        """As the platform bus names the device."""
        return f"{BASE + self.block * BLOCK:08x}"

    def register_names(self, kernel):
        """hardware.Names, from the headers that build-kernel keeps."""
        return hardware.names([os.path.join(kernel, "drivers", self.header)], self.base)


DEVICES = {device.name: device for device in (
    Device("g1", "i.MX8MQ G1 (hantro)", 0, ("mpeg2", "h264", "vp8"), "hantro_g1_regs.h"),
    Device("g2", "i.MX8MQ G2 (hantro)", 1, ("hevc", "vp9"), "hantro_g2_regs.h",
           outputs=r"^G2_OUT_\w+_ADDR$"),
    Device("rk3399", "RK3399 VPU2 (hantro)", 2, ("mpeg2", "vp8"), "rockchip_vpu2_regs.h", 0x400),
    Device("rk3568", "RK3568 VPU2 (hantro)", 3, ("mpeg2", "h264", "vp8"), "rockchip_vpu2_regs.h",
           0x400),
    Device("rk3588", "RK3588 AV1 (hantro)", 4, ("av1",), "rockchip_vpu981_regs.h",
           outputs=r"^AV1_TILE_OUT_\w+$"),
    Device("rkvdec", "RK3399 rkvdec", 5, ("h264", "vp9"), "rkvdec-regs.h"),
    Device("cedrus", "H3 cedrus", 6, ("mpeg2", "h264", "hevc", "vp8"), "cedrus_regs.h",
           status=(0x11c, 0x228, 0x538),
           forms=((0xffffffff, 0), (0x0ffffff0, 0), (0x0fffffff, 8)), mode="slice"),
)}
