# SPDX-License-Identifier: MIT
"""Binds a codec's section to the real layouts: names become types, rows become targets."""

import re

import expression
from expression import ExpressionError, Scope, Source
from layout import Array, Int, Struct, leaves
from table import TableError

_PART = re.compile(r"(\w+)((?:\[[^\]]*\])*)")
_INDEX = re.compile(r"\[([^\]]*)\]")
_PERSIST = re.compile(r"(bool|u?int(?:8|16|32|64)_t)(?:\[(\d+)\])?")

# Zigzag scans (H.262 figure 7-2, H.264 figures 6-7 and 6-8): the raster position of a scan index.
ZIGZAG = {
    16: [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15],
    64: [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
        12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
        58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ],
}  # fmt: skip
SCANS = {}
for _count, _scan in ZIGZAG.items():
    _side = "4x4" if _count == 16 else "8x8"
    SCANS[f"zigzag_{_side}"] = _scan
    SCANS[f"zigzag_index_{_side}"] = [_scan.index(position) for position in range(_count)]


# Names that the generated C uses itself.
RESERVED = (
    "picture", "slice", "in", "error", "set", "controls", "memory", "status", "state", "first",
    "count", "data", "used", "element", "elements",
)  # fmt: skip


# What rows may read of the picture itself; the rest is the runtime's.
PICTURE = ("profile", "render_target", "second_field", "timestamp", "start_code", "decode_mode")

# What rows may read of a slice's place in the bitstream, and the largest values that builders let
# through (CODEC_MAX_DATA of codec.h).
DATA = ("offset", "size")
DATA_RANGES = {("data", name): (0, (1 << 28) - 1) for name in DATA}


class TableInt(Int):
    """An element of a constant table: its values are known."""

    def __init__(self, numbers):
        size = 1 if 0 <= min(numbers) and max(numbers) < 256 else 4
        super().__init__(size, size == 4)
        self._interval = (min(numbers), max(numbers))

    @property
    def interval(self):
        return self._interval


class Target:
    """The place that a row writes.

    path: C text after the control's pointer; pattern: the leaf's path with [] for each dimension;
    leaf: its Int; loops: [(index, first, last)] in order; elements: for each dimension (first, last).
    """

    def __init__(self, c, pattern, leaf, loops, elements):
        self.c, self.pattern, self.leaf = c, pattern, leaf
        self.loops, self.elements = loops, elements


class Row:
    """A row: its key, its mapping, its line and where it writes."""

    def __init__(self, key, entry, line, target):
        self.key, self.entry, self.line, self.target = key, entry, line, target

    @property
    def kind(self):
        for kind in ("from", "const", "surface", "index_of", "select", "not_carried"):
            if kind in self.entry:
                return kind
        return "pattern"


class Control:
    def __init__(self, cid, entry, line, short, layout, rows):
        self.cid, self.entry, self.line, self.short = cid, entry, line, short
        self.layout, self.rows = layout, rows
        self.hook = entry.get("hook")
        self.array = entry.get("array")


class Codec:
    """One section with everything looked up."""

    def __init__(self, name, section, line, layouts, headers):
        self.name, self.section, self.line = name, section, line
        self.layouts, self.headers = layouts, headers
        self.tables = {**SCANS, **section.get("tables", {})}
        self.buffers = section["buffers"]
        self.prepare = section.get("prepare")
        self.parsers = section.get("parsers", {})
        self.persist = section.get("persist", {})
        self._constants = {}
        self.sources = self._sources()
        self.scope = Scope(self.sources, self.constant)
        self.controls = [
            self._control(cid, entry, section["controls"].lines[cid])
            for cid, entry in section["controls"].items()
        ]

    # Looking things up -------------------------------------------------------------------------

    def constant(self, name):
        """The value of a constant of the headers, or None. Newer VA profiles have none here."""
        if name not in self._constants:
            known = self.headers.values([name])
            self._constants[name] = known.get(name)
        return self._constants[name]

    def require_constant(self, name, line, what):
        if self.constant(name) is None:
            raise TableError(line, f"there is no {what} '{name}'", "a constant of the headers")
        return self._constants[name]

    def struct(self, name, line):
        found = self.layouts.struct(name)
        if found is None:
            raise TableError(line, f"there is no struct '{name}'", "a struct of the headers")
        return found

    def c_type(self, name):
        return f"struct {name}" if self.layouts.is_tag(name) else name

    def _sources(self):
        sources = {}
        for name, entry in self.buffers.items():
            line = self.buffers.lines[name]
            layout = self.struct(entry["struct"], line)
            self.require_constant(entry["type"], entry.lines["type"], "buffer type")
            optional = not entry.get("required", False) and not entry.get("slices", False)
            sources[name] = Source("va", name, layout, optional)
        for name, entry in self.parsers.items():
            layout = self.struct(entry["struct"], entry.lines["struct"])
            sources[name] = Source("parser", name, layout)
        if self.prepare:
            for key in ("context", "surface"):
                if key in self.prepare:
                    layout = self.struct(self.prepare[key], self.prepare.lines[key])
                    sources[key] = Source("parser", key, layout)
        if self.persist:
            sources["persist"] = Source("va", "state", self._persist_layout())
        sources["picture"] = Source(
            "picture", "picture", self.struct("picture", 1), only=PICTURE
        )
        sources["data"] = Source("picture", "data", self.struct("slice", 1), only=DATA)
        for name, numbers in self.tables.items():
            sources[name] = Source(
                "table", name, Array(len(numbers), TableInt(numbers)), pointer=False
            )
        return sources

    def _persist_layout(self):
        layout = Struct("persist", 0, False)
        for name, entry in self.persist.items():
            match = _PERSIST.fullmatch(entry["type"])
            if not match:
                raise TableError(
                    entry.lines["type"], f"'{entry['type']}' is no type", "bool or uint8_t[64], ..."
                )
            base, count = match.groups()
            if base == "bool":
                kind = Int(1, False, name="bool")
            else:
                kind = Int(int(re.search(r"\d+", base).group()) // 8, base[0] == "i")
            layout.members[name] = Array(int(count), kind) if count else kind
        return layout

    def _control(self, cid, entry, line):
        self.require_constant(cid, line, "control")
        layout = self.struct(entry["struct"], entry.lines["struct"])
        short = cid.lower()
        for prefix in ("v4l2_cid_stateless_", self.name + "_"):
            short = short.removeprefix(prefix)
        short = entry.get("name", short)
        if short in self.sources or short in RESERVED or not short.isidentifier():
            raise TableError(line, f"'{short}' means something else in the C code", "a 'name'")
        rows = []
        for key, row in entry["fields"].items():
            row_line = entry["fields"].lines[key]
            rows.append(Row(key, row, row_line, self._target(key, layout, row_line)))
        return Control(cid, entry, line, short, layout, rows)

    # Targets -----------------------------------------------------------------------------------

    def _target(self, key, layout, line):
        c, pattern, loops, elements = "", "", [], []
        kind = layout
        for part in re.split(r"\.(?![^\[]*\])", key):
            match = _PART.fullmatch(part)
            if not match:
                raise TableError(line, f"'{key}' is not the name of a field", "NAME or NAME[INDEX]")
            name, indices = match.groups()
            if not isinstance(kind, Struct) or name not in kind.members:
                fields = ", ".join(kind.members) if isinstance(kind, Struct) else "no fields"
                raise TableError(line, f"struct {layout.name} has no '{key}'", fields)
            kind = kind.members[name]
            dot = "." if pattern else ""
            c, pattern = f"{c}{dot}{name}", f"{pattern}{dot}{name}"
            for text in _INDEX.findall(indices):
                if not isinstance(kind, Array):
                    raise TableError(line, f"'{pattern}' is no array", "no index")
                index, first, last = self._index(text, kind.count, key, line)
                if index:
                    loops.append((index, first, last))
                elements.append((first, last))
                c, pattern, kind = f"{c}[{index or first}]", pattern + "[]", kind.element
        while isinstance(kind, Array):
            # No index: all of it.
            index = f"n{len(loops)}"
            loops.append((index, 0, kind.count - 1))
            elements.append((0, kind.count - 1))
            c, pattern, kind = f"{c}[{index}]", pattern + "[]", kind.element
        if not isinstance(kind, Int):
            raise TableError(line, f"'{key}' is not a single value", "a field of it")
        return Target(c, pattern, kind, loops, elements)

    def _index(self, text, count, key, line):
        expected = f"0 to {count - 1}, a letter, or LETTER=FIRST..LAST"
        match = re.fullmatch(r"(?:([a-z])=)?(\d+)\.\.(\d+)", text)
        if match:
            index, first, last = match.group(1), int(match.group(2)), int(match.group(3))
            index = index or "n"
        elif re.fullmatch(r"\d+", text):
            index, first, last = None, int(text), int(text)
        elif re.fullmatch(r"[a-z]", text):
            index, first, last = text, 0, count - 1
        else:
            raise TableError(line, f"'[{text}]' in '{key}' is no index", expected)
        if last >= count or first > last:
            raise TableError(line, f"'[{text}]' in '{key}' is outside the array", expected)
        return index, first, last

    # Expressions -------------------------------------------------------------------------------

    def value(self, text, line, loops=(), ranges=None, available=()):
        """The expression's Value; raises TableError with the row's line.

        ranges: narrower intervals for fields already checked, path -> (lo, hi);
        available: optional buffers that are known to be there.
        """
        indices = {index: (lo, hi) for index, lo, hi in loops}
        ranges = {**DATA_RANGES, **(ranges or {})}
        try:
            return expression.translate(text, self.scope.within(indices, ranges, available))
        except ExpressionError as error:
            raise TableError(line, error.message, error.expected) from None

    def condition(self, text, line, loops=(), ranges=None):
        """(Value, optional buffers that it proves to be there) of a condition."""
        value = self.value(text, line, loops, ranges)
        return value, expression.proven(text, self.scope)

    def array(self, text, line, available=()):
        try:
            return expression.array(text, self.scope.within(available=available))
        except ExpressionError as error:
            raise TableError(line, error.message, error.expected) from None

    # The leaves of both sides ------------------------------------------------------------------

    def control_leaves(self, control):
        return list(leaves(control.layout))

    def flag_names(self, pattern):
        """{name in the table: macro} of all flags of a pattern with one *."""
        regex = re.compile(re.escape(pattern).replace(r"\*", "([A-Z0-9_]+)"))
        found = {}
        for macro in sorted(self.headers.macros()):
            match = regex.fullmatch(macro)
            if match:
                found[match.group(1)] = macro
        self.headers.values(list(found.values()))  # all at once: one compilation
        return found
