# SPDX-License-Identifier: MIT
"""What a table may look like: every key, what it takes, and what it means.

Only the form is checked here, with the line of each mistake; names are checked against the headers
in bind.py and account.py.
"""

import re
from pathlib import Path

from table import List, Map, TableError

DRIVERS = ("cedrus", "hantro", "mediatek", "rkvdec", "tegra-vde")
#: What the runtime has room for: the constant of src/codec/codec.h for each key.
ROOM = {"buffers": "CODEC_MAX_BUFFERS", "controls": "CODEC_MAX_CONTROLS",
        "profiles": "CODEC_MAX_PROFILES"}
ORDERS = ("raster_from_zigzag", "zigzag_from_raster")


def _text(value):
    return isinstance(value, str) and value.strip() != ""


def _expression(value):
    return _text(value) or (isinstance(value, int) and not isinstance(value, bool))


def _integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _boolean(value):
    return isinstance(value, bool)


def _texts(value):
    return isinstance(value, List) and len(value) > 0 and all(_text(item) for item in value)


def _drivers(value):
    return _texts(value) and all(item in DRIVERS for item in value)


def _numbers(value):
    return isinstance(value, List) and len(value) > 0 and all(_integer(item) for item in value)


def _range(value):
    return isinstance(value, str) and re.fullmatch(r"-?\d+\.\.-?\d+", value) is not None


def _clause(value):
    return _text(value) or isinstance(value, (int, float))


# Kinds of value: a test and how to describe it.
TEXT = (_text, "a text")
EXPRESSION = (_expression, "an expression")
INTEGER = (_integer, "an integer")
BOOLEAN = (_boolean, "true or false")
TEXTS = (_texts, "a list of names")
READERS = (_drivers, "a list of " + ", ".join(DRIVERS))
NUMBERS = (_numbers, "a list of integers")
RANGE = (_range, "LOWEST..HIGHEST")
CLAUSE = (_clause, "a clause of the standard")
MAP = (lambda value: isinstance(value, Map), "a mapping")
ROWS = (lambda value: isinstance(value, Map) and len(value) > 0, "a mapping of rows")
LIST = (lambda value: isinstance(value, List), "a list")
VERSION = (lambda value: _numbers(value) and len(value) == 2, "[MAJOR, MINOR]")
MENU = (lambda value: _texts(value) and len(value) == 2, "[CONTROL, ITEM]")
ORDER = (lambda value: value in ORDERS, " or ".join(ORDERS))
MODE = (lambda value: value in ("slice_based", "frame_based"), "slice_based or frame_based")

REMARKS = {"clause": CLAUSE, "doc": TEXT, "why": TEXT}

SECTION = {
    "standard": TEXT,
    "kernel": VERSION,
    "coded_format": TEXT,
    "includes": TEXTS,
    "profiles": ROWS,
    "decode_mode": MAP,
    "start_code": MAP,
    "buffers": ROWS,
    "tables": MAP,
    "parsers": MAP,
    "prepare": MAP,
    "deferred": MAP,
    "display": MAP,
    "use": MAP,
    "scope": LIST,
    "macroblocks": BOOLEAN,
    "cropping": INTEGER,
    "gaps_allowed": BOOLEAN,
    "scaled_references": BOOLEAN,
    "persist": MAP,
    "format": MAP,
    "structure": MAP,
    "prefix": MAP,
    "checks": LIST,
    "controls": ROWS,
    "unused": MAP,
}
SECTION_REQUIRED = ("standard", "coded_format", "profiles", "buffers", "format", "controls")

PROFILE = {"menu": MENU, "bit_depth": INTEGER, "min_bit_depth": INTEGER, "since": VERSION,
           "number": INTEGER}
DECODE_MODE = {"id": TEXT, "slice_based": TEXT, "frame_based": TEXT}
START_CODE = {"id": TEXT, "none": TEXT, "annex_b": TEXT}
BUFFER = {
    "type": TEXT,
    "struct": TEXT,
    "required": BOOLEAN,
    "array": BOOLEAN,
    "slices": BOOLEAN,
    "max_count": INTEGER,
}
PARSER = {"struct": TEXT, "function": TEXT, "header": TEXT, "doc": TEXT, "reads": TEXTS}
PREPARE = {
    "function": TEXT,
    "header": TEXT,
    "context": TEXT,
    "surface": TEXT,
    "commit": TEXT,
    "why": TEXT,
    "reads": TEXTS,
}
DISPLAY = {"function": TEXT, "header": TEXT, "why": TEXT}
DEFERRED = {"control": TEXT, "open": TEXT, "tell": TEXT, "header": TEXT, "why": TEXT}
PERSIST = {"type": TEXT, "initial": EXPRESSION, "load": LIST, "doc": TEXT}
LOAD = {"from": EXPRESSION, "when": EXPRESSION}
FORMAT = {
    "width": EXPRESSION,
    "height": EXPRESSION,
    "bit_depth": EXPRESSION,
    "references": EXPRESSION,
    "monochrome": EXPRESSION,
}
STRUCTURE = {"top_field": EXPRESSION, "bottom_field": EXPRESSION}
PREFIX = {"fields": LIST, **REMARKS}
PREFIX_FIELD = {
    "bits": INTEGER,
    "from": EXPRESSION,
    "const": INTEGER,
    "when": EXPRESSION,
    **REMARKS,
}
SCOPE = {"tool": TEXT, "shown_by": TEXT}
CHECK = {"value": EXPRESSION, "range": RANGE, "status": TEXT, **REMARKS}
CONTROL = {
    "struct": TEXT,
    "name": TEXT,
    "required": BOOLEAN,
    "negotiates_format": BOOLEAN,
    "per_slice": BOOLEAN,
    "mode": MODE,
    "when": EXPRESSION,
    "array": MAP,
    "hook": MAP,
    "fields": MAP,
    **REMARKS,
}
ARRAY = {"max": INTEGER, "count": EXPRESSION, "per_picture": BOOLEAN}
HOOK = {
    "function": TEXT,
    "header": TEXT,
    "fields": ROWS,
    "why": TEXT,
    "reads": TEXTS,
}

# The kinds of row, by the key that tells the kind, with the further keys of each.
ROW_COMMON = {"read_by": READERS, "negotiates": READERS, **REMARKS}
ROWS_BY_KIND = {
    "from": {
        "from": EXPRESSION,
        "range": RANGE,
        "order": ORDER,
        "when": EXPRESSION,
        "otherwise": EXPRESSION,
    },
    "const": {"const": INTEGER},
    "surface": {"surface": EXPRESSION, "when": EXPRESSION, "otherwise": EXPRESSION},
    "index_of": {
        "index_of": EXPRESSION,
        "in": EXPRESSION,
        "unless": EXPRESSION,
        "when": EXPRESSION,
        "otherwise": INTEGER,
    },
    "select": {"select": EXPRESSION, "cases": MAP, "otherwise": EXPRESSION},
    "not_carried": {"not_carried": TEXT, "value": INTEGER},
    "pattern": {"pattern": TEXT, "bits": ROWS},
}
NEEDED = {
    "const": ("why",),
    "index_of": ("in", "otherwise"),
    "select": ("cases", "otherwise"),
    "pattern": ("bits",),
}


def check(table):
    """Raises TableError for the first thing in `table` that has not the right form."""
    for name, section in table.items():
        line = table.lines[name]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise TableError(line, f"'{name}' is no name for a codec", "lower case letters")
        if not isinstance(section, Map):
            raise TableError(line, f"'{name}' is not a section", "a mapping")
        _check_section(section, line)


def _check_section(section, line):
    _keys(section, SECTION, "a codec's section", SECTION_REQUIRED, line)
    for key, kind, what, required in (
        ("decode_mode", DECODE_MODE, "decode_mode", tuple(DECODE_MODE)),
        ("start_code", START_CODE, "start_code", tuple(START_CODE)),
        ("format", FORMAT, "format", ("width", "height", "bit_depth")),
        ("structure", STRUCTURE, "structure", tuple(STRUCTURE)),
        ("prepare", PREPARE, "prepare", ("function", "header", "why")),
        ("deferred", DEFERRED, "deferred", tuple(DEFERRED)),
        ("display", DISPLAY, "display", tuple(DISPLAY)),
        ("use", DISPLAY, "use", tuple(DISPLAY)),
        ("prefix", PREFIX, "prefix", ("fields", "clause")),
    ):
        if key in section:
            _keys(section[key], kind, what, required, section.lines[key])
    for key, kind, what, required in (
        ("profiles", PROFILE, "a profile", ()),
        ("buffers", BUFFER, "a buffer", ("type", "struct")),
        ("parsers", PARSER, "a parser", ("struct", "function", "header")),
        ("persist", PERSIST, "a persistent value", ("type", "initial", "load")),
        ("controls", CONTROL, "a control", ("struct", "clause", "fields")),
    ):
        for name, entry in section.get(key, {}).items():
            entry_line = section[key].lines[name]
            _mapping(entry, what, name, entry_line)
            _keys(entry, kind, what, required, entry_line)
    _check_room(section)
    for name, entry in section.get("persist", {}).items():
        for i, load in enumerate(entry["load"]):
            _mapping(load, "a load", name, entry["load"].lines[i])
            _keys(load, LOAD, "a load", ("from", "when"), entry["load"].lines[i])
    for i, entry in enumerate(section.get("prefix", {}).get("fields", [])):
        entry_line = section["prefix"]["fields"].lines[i]
        _mapping(entry, "a field of the prefix", i, entry_line)
        _keys(entry, PREFIX_FIELD, "a field of the prefix", ("bits",), entry_line)
    for i, entry in enumerate(section.get("checks", [])):
        entry_line = section["checks"].lines[i]
        _mapping(entry, "a check", "checks", entry_line)
        _keys(entry, CHECK, "a check", ("value", "range"), entry_line)
    for i, entry in enumerate(section.get("scope", [])):
        entry_line = section["scope"].lines[i]
        _mapping(entry, "a row of the scope", i, entry_line)
        _keys(entry, SCOPE, "a row of the scope", tuple(SCOPE), entry_line)
    for name, numbers in section.get("tables", {}).items():
        _kind(numbers, NUMBERS, f"table '{name}'", section["tables"].lines[name])
    for path, reason in section.get("unused", {}).items():
        if not _text(reason):
            raise TableError(
                section["unused"].lines[path], f"'{path}' is unused without a reason", "a reason"
            )
    for control in section["controls"].values():
        if "array" in control:
            _keys(control["array"], ARRAY, "an array", ("max",), control.lines["array"])
        if "hook" in control:
            _keys(
                control["hook"],
                HOOK,
                "a hook",
                ("function", "header", "fields", "why"),
                control.lines["hook"],
            )
            for field, remarks in control["hook"]["fields"].items():
                field_line = control["hook"]["fields"].lines[field]
                _mapping(remarks, "a hook's field", field, field_line)
                _keys(remarks, ROW_COMMON, "a hook's field", (), field_line)
        for field, row in list(control["fields"].items()):
            control["fields"][field] = _row(row, field, control["fields"].lines[field])


def _check_room(section):
    header = (Path(__file__).resolve().parents[1] / "src" / "codec" / "codec.h").read_text(encoding="utf-8")
    for key, constant in ROOM.items():
        most = int(re.search(rf"#define {constant} +(\d+)", header).group(1))
        if len(section[key]) > most:
            raise TableError(
                section.lines[key], f"{len(section[key])} {key}", f"{most}, or a larger {constant}"
            )


def _row(row, field, line):
    """The row in its long form, checked."""
    if isinstance(row, str):
        long = Map(line)
        long["from"], long.lines["from"] = row, line
        return long
    if _integer(row):
        raise TableError(line, f"'{field}' is a bare number", "{const: NUMBER, why: REASON}")
    if not isinstance(row, Map):
        raise TableError(line, f"'{field}' has no source", "an expression or a mapping")
    kinds = [kind for kind in ROWS_BY_KIND if kind in row]
    if len(kinds) != 1:
        given = " and ".join(kinds) if kinds else ", ".join(row)
        raise TableError(line, f"'{field}' has {given}", "one of " + ", ".join(ROWS_BY_KIND))
    kind = kinds[0]
    allowed = {**ROWS_BY_KIND[kind], **ROW_COMMON}
    _keys(row, allowed, f"a row with '{kind}'", NEEDED.get(kind, ()), line)
    if kind == "pattern":
        if row["pattern"].count("*") != 1:
            raise TableError(row.lines["pattern"], f"'{row['pattern']}' has no place for a name", "one *")
        for name, bit in list(row["bits"].items()):
            row["bits"][name] = _row(bit, name, row["bits"].lines[name])
    return row


def _mapping(entry, what, name, line):
    if not isinstance(entry, Map):
        raise TableError(line, f"{what} '{name}' is not a mapping", "a mapping")


def _keys(mapping, allowed, what, required, line):
    for key, value in mapping.items():
        if key not in allowed:
            raise TableError(
                mapping.lines[key], f"{what} has no key '{key}'", "one of " + ", ".join(allowed)
            )
        _kind(value, allowed[key], f"'{key}'", mapping.lines[key])
    for key in required:
        if key not in mapping:
            raise TableError(line, f"{what} lacks '{key}'", f"{key}: {allowed[key][1]}")


def _kind(value, kind, what, line):
    test, description = kind
    if not test(value):
        raise TableError(line, f"{what} is {value!r}", description)
