# SPDX-License-Identifier: MIT
"""Bytes that the driver writes in front of a frame's data: what the kernel's decoders want to see
there and VA leaves out. Declared as bit fields, each byte filled from its least significant bit.
"""

from table import TableError


class Prefix:
    """body: C statements; used: the sources that they read; headroom: bytes of most frames."""

    def __init__(self, codec, emitter):
        self.entry = codec.section["prefix"]
        self.used, self.headroom, self.most = set(), 0, 0
        ranges = emitter.check_ranges()
        blocks = []
        for i, entry in enumerate(self.entry["fields"]):
            line = self.entry["fields"].lines[i]
            text = self._field(codec, entry, line, ranges)
            when = entry.get("when")
            if not blocks or blocks[-1][0] != when:
                blocks.append((when, line, []))
            blocks[-1][2].append(text)
            self.most += entry["bits"]
            self.headroom += 0 if when else entry["bits"]
        if self.headroom % 8 or self.most % 8:
            raise TableError(self.entry.line, "the prefix is not whole bytes", "multiples of 8 bits")
        self.headroom, self.most = self.headroom // 8, self.most // 8
        self.body = "".join(self._block(codec, *block, ranges) for block in blocks)

    def _field(self, codec, entry, line, ranges):
        bits = entry["bits"]
        if not 1 <= bits <= 31:
            raise TableError(line, f"a field of {bits} bits", "1 to 31")
        if ("from" in entry) == ("const" in entry):
            raise TableError(line, "a field has one source", "from or const")
        value = codec.value(entry.get("from", entry.get("const")), line, (), ranges)
        if value.lo < 0 or value.hi >= 1 << bits:
            raise TableError(
                line, f"{value.lo}..{value.hi} does not fit {bits} bits", "a value that does"
            )
        self.used |= {source for source, _ in value.leaves}
        remark = f"/* {' '.join(str(entry['doc']).split())} */\n" if "doc" in entry else ""
        return f"{remark}put_bits(bytes, &bits, {bits}, {value.c});\n"

    def _block(self, codec, when, line, texts, ranges):
        if when is None:
            return "".join(texts)
        value, _ = codec.condition(when, line, (), ranges)
        self.used |= {source for source, _ in value.leaves}
        return f"if ({value.c}) {{\n{''.join(texts)}}}\n"
