# SPDX-License-Identifier: MIT
"""What kernel_controls.h repeats of the kernel's headers: the controls' structs and constants.

A build then needs no newer kernel headers than its distribution has, and holds every codec of the
table. The header is rendered from real headers, so that a comparison with newer ones is a
comparison of text.
"""

import re

from layout import Array, Int, Struct

#: Constants of the stateless codecs, of which all are repeated.
OF_CODECS = re.compile(
    r"\bV4L2_(?:CID_CODEC_STATELESS_BASE|CID_STATELESS_\w+|STATELESS_\w+"
    r"|CTRL_TYPE_(?:H264|HEVC|VP8|VP9|AV1|MPEG2)_\w+|(?:CID_)?MPEG_VIDEO_(?:H264|HEVC|VP8|VP9|AV1|MPEG2)_PROFILE\w*"
    r"|(?:H264|HEVC|VP8|VP9|AV1|MPEG2)_\w+|PIX_FMT_(?:H264|HEVC|VP8|VP9|AV1|MPEG2)_(?:SLICE|FRAME))\b"
)


class KernelHeader:
    """structs: [(name, members in C, bytes)], each behind those that it holds; constants: [(name,
    value in C, whether the kernel has it as a macro)]; version: the headers' own ("6.12")."""

    def __init__(self, codecs, headers):
        text = headers.preprocessed("<linux/videodev2.h>")
        code = headers.values(["LINUX_VERSION_CODE"])["LINUX_VERSION_CODE"]
        self.version = f"{code >> 16}.{code >> 8 & 255}"
        self.structs, self._seen, self._text = [], set(), text
        for codec in codecs:
            for control in codec.controls:
                self._add(control.layout)
        names = sorted(set(OF_CODECS.findall(text)))
        values = headers.values(names)
        sizes = headers.values([f"sizeof({name})" for name in values])
        macros = set(re.findall(r"^#define (\w+) ", text, re.MULTILINE))
        self.constants = [
            (name, _constant(value, sizes[f"sizeof({name})"], name in macros), name in macros)
            for name, value in values.items()
        ]

    def _add(self, struct):
        """Appends `struct` if the kernel's headers define it; what they lack, the table brings."""
        if struct.name in self._seen or f"struct {struct.name} {{" not in self._text:
            return
        self._seen.add(struct.name)
        for member in struct.members.values():
            if isinstance(_element(member), Struct):
                self._add(_element(member))
        members = [_member(name, kind) for name, kind in struct.members.items()]
        self.structs.append((struct.name, members, struct.size))


def _element(kind):
    while isinstance(kind, Array):
        kind = kind.element
    return kind


def _member(name, kind):
    dimensions = ""
    while isinstance(kind, Array):
        dimensions += f"[{kind.count}]"
        kind = kind.element
    if isinstance(kind, Int):
        return f"__{'s' if kind.signed else 'u'}{8 * kind.size} {name}{dimensions};"
    return f"struct {kind.name} {name}{dimensions};"


def _constant(value, size, is_macro):
    text = f"{value:#x}" if is_macro else str(value)
    return text + ("ull" if size == 8 else "")
