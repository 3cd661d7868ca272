# SPDX-License-Identifier: MIT
"""The control structs of <linux/v4l2-controls.h> as lists of leaf fields.

The compiler is asked (DWARF of a probe), so that neither this test nor the driver's own table can
be wrong about an offset, and no field can be forgotten.
"""
import functools
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass

from elftools.elf.elffile import ELFFile

# Which macros name the bits of a flags field: (struct, field) -> prefix.
FLAG_PREFIXES = {
    ("v4l2_ctrl_h264_sps", "constraint_set_flags"): "V4L2_H264_SPS_CONSTRAINT_",
    ("v4l2_ctrl_h264_sps", "flags"): "V4L2_H264_SPS_FLAG_",
    ("v4l2_ctrl_h264_pps", "flags"): "V4L2_H264_PPS_FLAG_",
    ("v4l2_ctrl_h264_slice_params", "flags"): "V4L2_H264_SLICE_FLAG_",
    ("v4l2_ctrl_h264_decode_params", "flags"): "V4L2_H264_DECODE_PARAM_FLAG_",
    ("v4l2_h264_dpb_entry", "flags"): "V4L2_H264_DPB_ENTRY_FLAG_",
    ("v4l2_ctrl_mpeg2_sequence", "flags"): "V4L2_MPEG2_SEQ_FLAG_",
    ("v4l2_ctrl_mpeg2_picture", "flags"): "V4L2_MPEG2_PIC_FLAG_",
    ("v4l2_ctrl_vp8_frame", "flags"): "V4L2_VP8_FRAME_FLAG_",
    ("v4l2_vp8_segment", "flags"): "V4L2_VP8_SEGMENT_FLAG_",
    ("v4l2_vp8_loop_filter", "flags"): "V4L2_VP8_LF_",
    ("v4l2_ctrl_vp9_frame", "flags"): "V4L2_VP9_FRAME_FLAG_",
    ("v4l2_vp9_segmentation", "flags"): "V4L2_VP9_SEGMENTATION_FLAG_",
    ("v4l2_vp9_loop_filter", "flags"): "V4L2_VP9_LOOP_FILTER_FLAG_",
    ("v4l2_ctrl_hevc_sps", "flags"): "V4L2_HEVC_SPS_FLAG_",
    ("v4l2_ctrl_hevc_pps", "flags"): "V4L2_HEVC_PPS_FLAG_",
    ("v4l2_ctrl_hevc_slice_params", "flags"): "V4L2_HEVC_SLICE_PARAMS_FLAG_",
    ("v4l2_ctrl_hevc_decode_params", "flags"): "V4L2_HEVC_DECODE_PARAM_FLAG_",
    ("v4l2_ctrl_av1_sequence", "flags"): "V4L2_AV1_SEQUENCE_FLAG_",
    ("v4l2_ctrl_av1_frame", "flags"): "V4L2_AV1_FRAME_FLAG_",
    ("v4l2_av1_global_motion", "flags"): "V4L2_AV1_GLOBAL_MOTION_FLAG_",
    ("v4l2_av1_loop_restoration", "flags"): "V4L2_AV1_LOOP_RESTORATION_FLAG_",
    ("v4l2_av1_loop_filter", "flags"): "V4L2_AV1_LOOP_FILTER_FLAG_",
    ("v4l2_av1_quantization", "flags"): "V4L2_AV1_QUANTIZATION_FLAG_",
    ("v4l2_av1_segmentation", "flags"): "V4L2_AV1_SEGMENTATION_FLAG_",
    ("v4l2_av1_tile_info", "flags"): "V4L2_AV1_TILE_INFO_FLAG_",
    ("v4l2_ctrl_av1_film_grain", "flags"): "V4L2_AV1_FILM_GRAIN_FLAG_",
}

HEADER = "linux/v4l2-controls.h"


@dataclass(frozen=True)
class Leaf:
    """One compared value: an integer of `size` bytes at `offset`, or one bit of it."""

    path: str
    offset: int
    size: int
    signed: bool
    bit: int = -1

    def read(self, data):
        """The value in `data`, the bytes of a control."""
        value = int.from_bytes(data[self.offset:self.offset + self.size], "little",
                               signed=self.signed and self.bit < 0)
        return value if self.bit < 0 else value >> self.bit & 1

    def write(self, data, value):
        """Stores a value into `data` (a bytearray); of a bit only that bit."""
        if self.bit >= 0:
            rest = int.from_bytes(data[self.offset:self.offset + self.size], "little")
            value = rest & ~(1 << self.bit) | (value & 1) << self.bit
        data[self.offset:self.offset + self.size] = (
            value & (1 << 8 * self.size) - 1).to_bytes(self.size, "little")


class Struct:
    """The leaves of one control struct, in memory order."""

    def __init__(self, name, size, leaves):
        self.name = name
        self.size = size
        self.leaves = leaves
        self.by_path = {leaf.path: leaf for leaf in leaves}


def _flag_names(text):
    """{macro: value} of the one-bit macros in a header's text."""
    names = {}
    for name, value in re.findall(r"^#define\s+(V4L2_\w+)\s+(\(?[\w\s<()]+\)?)\s*(?:/\*.*)?$",
                                  text, re.M):
        value = re.sub(r"\bBIT\((\d+)\)|_BITUL\((\d+)\)", lambda m: f"(1<<{m[1] or m[2]})", value)
        value = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]*\b", r"\1", value)
        if re.fullmatch(r"[\s()0-9a-fA-Fx<]+", value):
            try:
                number = eval(value, {})  # digits, parentheses and shifts only
            except SyntaxError:
                continue
            if number > 0 and number & (number - 1) == 0:
                names[name] = number
    return names


class Layouts:
    """All structs of one set of kernel headers."""

    def __init__(self, include):
        """include: the directory that holds linux/v4l2-controls.h."""
        with open(os.path.join(include, HEADER), encoding="utf-8") as header:
            text = header.read()
        self._macros = _flag_names(text)
        names = re.findall(r"^struct\s+(v4l2_(?:ctrl_)?\w+)\s*\{", text, re.M)
        with tempfile.TemporaryDirectory() as tmp:
            source = os.path.join(tmp, "probe.c")
            with open(source, "w", encoding="utf-8") as out:
                out.write(f"#include <{HEADER}>\n")
                for i, name in enumerate(names):
                    out.write(f"struct {name} v{i};\n")
            obj = os.path.join(tmp, "probe.o")
            subprocess.run(["cc", "-g", "-gdwarf-4", "-c", "-I", include, source, "-o", obj],
                           check=True)
            with open(obj, "rb") as elf:
                dwarf = ELFFile(elf).get_dwarf_info()
                self._types = {}
                for unit in dwarf.iter_CUs():
                    for die in unit.iter_DIEs():
                        if die.tag == "DW_TAG_structure_type" and "DW_AT_name" in die.attributes:
                            name = die.attributes["DW_AT_name"].value.decode()
                            self._types[name] = self._build(die, name)

        entry = "v4l2_ctrl_hevc_entry_point_offsets"  # an array of plain numbers
        self._types[entry] = Struct(entry, 4, [Leaf("offset", 0, 4, False)])

    def __getitem__(self, name):
        """The struct of a control, or of an element "NAME[index]" of an array control."""
        return self._types[name.split("[")[0]]

    def __contains__(self, name):
        return name in self._types

    def _build(self, die, name):
        leaves = []
        self._collect(die, name, "", 0, leaves)
        return Struct(name, die.attributes["DW_AT_byte_size"].value, leaves)

    def _collect(self, die, owner, path, offset, leaves):
        """Appends the leaves of the type `die`, which is at `path` of the struct `owner`."""
        while die.tag in ("DW_TAG_typedef", "DW_TAG_const_type"):
            die = die.get_DIE_from_attribute("DW_AT_type")
        if die.tag in ("DW_TAG_structure_type", "DW_TAG_union_type"):
            inner = die.attributes["DW_AT_name"].value.decode() if "DW_AT_name" in die.attributes \
                else owner
            for member in die.iter_children():
                if member.tag != "DW_TAG_member":
                    continue
                name = member.attributes["DW_AT_name"].value.decode()
                at = member.attributes.get("DW_AT_data_member_location")
                self._collect(member.get_DIE_from_attribute("DW_AT_type"), inner,
                              f"{path}.{name}" if path else name,
                              offset + (at.value if at else 0), leaves)
        elif die.tag == "DW_TAG_array_type":
            counts = [c.attributes["DW_AT_upper_bound"].value + 1 for c in die.iter_children()
                      if c.tag == "DW_TAG_subrange_type"]
            element = die.get_DIE_from_attribute("DW_AT_type")
            self._collect_array(element, owner, path, offset, counts, leaves)
        else:
            size = die.attributes["DW_AT_byte_size"].value
            signed = die.tag == "DW_TAG_base_type" and \
                die.attributes["DW_AT_encoding"].value in (5, 6)  # DW_ATE_signed, signed_char
            self._leaf(owner, path, offset, size, signed, leaves)

    def _collect_array(self, element, owner, path, offset, counts, leaves):
        size = self._size(element)
        for count in counts[1:]:
            size *= count
        for i in range(counts[0]):
            if counts[1:]:
                self._collect_array(element, owner, f"{path}[{i}]", offset + i * size, counts[1:],
                                    leaves)
            else:
                self._collect(element, owner, f"{path}[{i}]", offset + i * size, leaves)

    def _size(self, die):
        while "DW_AT_byte_size" not in die.attributes:
            die = die.get_DIE_from_attribute("DW_AT_type")
        return die.attributes["DW_AT_byte_size"].value

    def _leaf(self, owner, path, offset, size, signed, leaves):
        prefix = FLAG_PREFIXES.get((owner, re.sub(r"\[\d+\]", "", path.split(".")[-1])))
        if not prefix:
            leaves.append(Leaf(path, offset, size, signed))
            return
        bits = {value.bit_length() - 1: name[len(prefix):] for name, value in self._macros.items()
                if name.startswith(prefix)}
        for bit in range(8 * size):
            # a bit without a name is compared too: it should be zero on both sides
            leaves.append(Leaf(f"{path}.{bits.get(bit, f'bit{bit}')}", offset, size, False, bit))


@functools.lru_cache(maxsize=None)
def layouts(include):
    """Layouts of the headers in `include`, read once."""
    return Layouts(include)
