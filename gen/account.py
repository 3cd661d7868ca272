# SPDX-License-Identifier: MIT
"""The account of both sides: every leaf and flag of the control structs, every VA field.

Classes: mapped (from VA), constant, recovered (from the bitstream, or remembered from earlier
pictures), hook, not carried.
"""

import itertools
import math

from layout import leaves
from table import TableError

CLASSES = ("mapped", "constant", "recovered", "hook", "not carried")


class Entry:
    """One leaf or flag: what the documentation says of it."""

    def __init__(self, control, name, row, kind, flag=None):
        self.control, self.name, self.row = control, name, row
        self.kind, self.flag = kind, flag


class Account:
    def __init__(self, codec):
        self.codec = codec
        self.entries = []
        self.used = set()  # (source, path) of VA buffers
        self._text_leaves(codec)
        for control in codec.controls:
            self._control(control)
        self._inputs()

    def totals(self):
        return {kind: sum(entry.kind == kind for entry in self.entries) for kind in CLASSES}

    # The control structs -------------------------------------------------------------------------

    def _control(self, control):
        every = {path: (dims, kind) for path, dims, kind in leaves(control.layout)}
        written = {path: {} for path in every}
        for row in control.rows:
            target = row.target
            for element in itertools.product(*(range(a, b + 1) for a, b in target.elements)):
                before = written[target.pattern].setdefault(element, row)
                if before is not row:
                    raise TableError(
                        row.line,
                        f"'{row.key}' is written by line {before.line} too",
                        "one row for each element",
                    )
            if row.kind == "pattern":
                self._flags(control, row)
            else:
                self.entries.append(Entry(control, row.key, row, self._class(row.entry, row.line)))
        if control.hook:
            for path in control.hook["fields"]:
                line = control.hook["fields"].lines[path]
                if path not in every:
                    raise TableError(line, f"struct {control.layout.name} has no '{path}'")
                if written[path]:
                    raise TableError(line, f"the hook's '{path}' has a row too", "one of them")
                dims, _ = every[path]
                for element in itertools.product(*(range(count) for count in dims)):
                    written[path][element] = control.hook
                remarks = _Bit(control.hook["fields"][path], line)
                self.entries.append(Entry(control, path, remarks, "hook"))
        missing = [path for path in every if not written[path]]
        partly = [path for path, (dims, _) in every.items()
                  if 0 < len(written[path]) < math.prod(dims)]
        for paths, one, several in ((missing, "has no row", "have no rows"),
                                    (partly, "is not written as a whole", "are not written as a whole")):
            if paths:
                raise TableError(
                    control.line,
                    f"{_quoted(paths)} of struct {control.layout.name} "
                    f"{one if len(paths) == 1 else several}",
                    "a row; where VA has no value for it, {not_carried: REASON}",
                )

    def _flags(self, control, row):
        macros = self.codec.flag_names(row.entry["pattern"])
        missing = [macros[name] for name in macros if name not in row.entry["bits"]]
        if missing:
            raise TableError(
                row.line,
                f"flag {', '.join(missing)} of '{row.key}' has no row",
                "a row; where VA has no value for it, {not_carried: REASON}",
            )
        for name, bit in row.entry["bits"].items():
            line = row.entry["bits"].lines[name]
            kind = self._class(bit, line)
            self.entries.append(Entry(control, macros[name], _Bit(bit, line), kind, name))

    def _class(self, entry, line):
        """The class of a row; remembers the VA fields that it reads."""
        if "const" in entry:
            return "constant"
        if "not_carried" in entry:
            return "not carried"
        kinds = set()
        for key in ("from", "surface", "index_of", "in", "select", "unless", "when", "otherwise"):
            if key in entry:
                kinds |= self._read(entry[key], key == "when")
        for text in entry.get("cases", {}).values():
            kinds |= self._read(text, False)
        if "recovered" in kinds:
            return "recovered"
        return "mapped" if "mapped" in kinds else "constant"

    # The VA buffers ------------------------------------------------------------------------------

    def _read(self, text, condition):
        """Notes the fields that an expression reads; {'mapped', 'recovered'} of a value's."""
        kinds = set()
        for source, path in _paths(str(text)):
            if source in self.codec.buffers:
                self.used.add((source, path))
                kinds |= set() if condition else {"mapped"}
            elif source in ("picture", "data") and not condition:
                kinds.add("mapped")
            elif source == "persist" and not condition:
                kinds.add("mapped")
            elif source in self.codec.parsers or source in ("context", "surface"):
                kinds |= set() if condition else {"recovered"}
        return kinds

    def _text_leaves(self, codec):
        section = codec.section
        for entry in codec.persist.values():
            for load in entry["load"]:
                self._read(load["from"], False)
                self._read(load["when"], True)
        for field in section.get("prefix", {}).get("fields", []):
            self._read(field.get("from", 0), False)
            self._read(field.get("when", 0), True)
        for check in section.get("checks", []):
            self._read(check["value"], False)
        for text in section["format"].values():
            self._read(text, False)
        for text in section.get("structure", {}).values():
            self._read(text, True)
        for control in section["controls"].values():
            if "when" in control:
                self._read(control["when"], True)
            if "count" in control.get("array", {}):
                self._read(control["array"]["count"], True)
            for path in control.get("hook", {}).get("reads", []):
                self._declared(path, control["hook"].lines["reads"])
        for owner in list(codec.parsers.values()) + ([codec.prepare] if codec.prepare else []):
            for path in owner.get("reads", []):
                self._declared(path, owner.lines["reads"])

    def _declared(self, path, line):
        source, _, rest = path.partition(".")
        if source not in self.codec.buffers:
            raise TableError(line, f"'{path}' names no buffer", ", ".join(self.codec.buffers))
        self.used.add((source, rest))

    def _inputs(self):
        unused = self.codec.section.get("unused", {})
        matched, forgotten = set(), []
        for name in self.codec.buffers:
            used = {path for source, path in self.used if source == name}
            known = list(leaves(self.codec.sources[name].layout))
            for path, _, _ in known:
                reader = next((p for p in used if _covers(p, path)), None)
                reason = next((k for k in unused if _covers(k, f"{name}.{path}")), None)
                if reader is not None and reason is not None:
                    raise TableError(
                        unused.lines[reason], f"'{name}.{path}' is used", "no row under 'unused'"
                    )
                if reader is None and reason is None:
                    forgotten.append(f"{name}.{path}")
                matched |= {reason} if reason else set()
        if forgotten:
            raise TableError(
                self.codec.line,
                f"VA's {_quoted(forgotten)} {'is' if len(forgotten) == 1 else 'are'} "
                "neither used nor under 'unused'",
                "a use, or a reason under 'unused'",
            )
        for path in unused:
            if path not in matched:
                raise TableError(unused.lines[path], f"there is no '{path}' in VA's buffers")


def _quoted(names):
    return ", ".join(f"'{name}'" for name in names)


class _Bit:
    def __init__(self, entry, line):
        self.entry, self.line = entry, line


def _covers(prefix, path):
    """True if `prefix` is the path or a struct or array that holds it; [] counts as nothing."""
    prefix, path = prefix.replace("[]", ""), path.replace("[]", "")
    return path == prefix or path.startswith(prefix + ".")


def _paths(text):
    """(source, path with [] for indices) of every field that an expression names."""
    import ast

    def chain(node):
        if isinstance(node, ast.Name):
            return node.id, ""
        if isinstance(node, ast.Attribute):
            source, path = chain(node.value)
            return source, f"{path}.{node.attr}" if path else node.attr
        source, path = chain(node.value)
        return source, path if isinstance(node.slice, ast.Slice) else path + "[]"

    found = set()

    def visit(node):
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)):
            inner = node
            while isinstance(inner, (ast.Attribute, ast.Subscript)):
                if isinstance(inner, ast.Subscript):
                    visit(inner.slice)
                inner = inner.value
            if isinstance(inner, ast.Name):
                found.add(chain(node))
                return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(text.replace("[]", "[0]"), mode="eval"))
    return found
