# SPDX-License-Identifier: MIT
"""Writes the C statements of a control's rows: checks, assignments, loops."""

import ast
import re

from expression import COND, OR, PRIMARY
from table import TableError


class Block:
    """Consecutive statements under one condition and in one nest of loops."""

    def __init__(self, loops, when, lines, otherwise):
        self.loops, self.when = loops, when
        self.lines, self.otherwise = lines, otherwise

    def joins(self, other):
        return self.loops == other.loops and self.when == other.when


class Emitter:
    """Turns the rows of one codec into C. `pointer` is the C name of the control's struct."""

    def __init__(self, codec):
        self.codec = codec
        self.searches = {}  # expression of an `in:` -> (function name, row)
        self.used_tables = set()

    def control(self, control):
        """(statements, names of the sources used) of a control."""
        blocks, used, ranges = [], set(), dict(self.check_ranges())
        for row in control.rows:
            if row.kind == "pattern":
                new = self._flags(control, row, used)
            else:
                new = [self._row(control, row, ranges, used)]
            for block in new:
                if block is None:
                    continue
                if blocks and blocks[-1].joins(block):
                    blocks[-1].lines += block.lines
                    blocks[-1].otherwise += block.otherwise
                else:
                    blocks.append(block)
        text = "".join(self._block(block) for block in blocks)
        return text, used

    # Checks ------------------------------------------------------------------------------------

    def check_ranges(self):
        """What `checks` has proven of plain fields: (source, path) -> interval."""
        ranges = {}
        for i, check in enumerate(self.codec.section.get("checks", [])):
            value = self.codec.value(check["value"], self.codec.section["checks"].lines[i])
            if _plain(check["value"]) and len(value.leaves) == 1:
                ranges[value.leaves[0]] = _range(check["range"])
        return ranges

    def checks(self, buffer):
        """Statements of the checks that read `buffer`."""
        text = ""
        for i, check in enumerate(self.codec.section.get("checks", [])):
            line = self.codec.section["checks"].lines[i]
            value = self.codec.value(check["value"], line)
            buffers = {source for source, _ in value.leaves}
            if len(buffers) != 1 or not buffers <= set(self.codec.buffers):
                raise TableError(line, f"'{check['value']}' is no check", "fields of one buffer")
            if buffer in buffers:
                text += self._range_check(check["value"], value, check, line, remark=True)
        return text

    def _range_check(self, text, value, entry, line, remark=False, c=None):
        low, high = _range(entry["range"])
        if low > high:
            raise TableError(line, f"range {entry['range']} is empty", "LOWEST..HIGHEST")
        if value.lo >= low and value.hi <= high:
            raise TableError(
                line,
                f"'{text}' is always in {entry['range']}: it has {value.lo}..{value.hi}",
                "no range",
            )
        if c is None:
            c = value.c if value.strength > OR else f"({value.c})"
        tests = []
        if low == high and value.lo < low and value.hi > high:
            tests.append(f"{c} != {low}")
        else:
            tests += [f"{c} < {low}"] if value.lo < low else []
            tests += [f"{c} > {high}"] if value.hi > high else []
        status = entry.get("status", "VA_STATUS_ERROR_INVALID_PARAMETER")
        self.codec.require_constant(status, line, "status")
        why = f"not {low}" if low == high else f"not in {entry['range']}"
        if entry.get("why"):
            why += f": {entry['why']}"
        comment = f"/* {entry['clause']} */\n" if remark and entry.get("clause") else ""
        # The product fits its own type; refuse() takes a wider one.
        shown = f"(int64_t)({c})" if "*" in c else c
        return (
            f"{comment}if ({' || '.join(tests)})\n"
            f"return refuse(error, {status}, {_quote(_flat(text))}, {_quote(why)}, {shown});\n"
        )

    # Rows --------------------------------------------------------------------------------------

    def _row(self, control, row, ranges, used):
        target, entry = row.target, row.entry
        place = f"{control.short}->{target.c}"
        loops = tuple(target.loops)
        handler = getattr(self, "_" + row.kind)
        when, available = None, []
        if "when" in entry:
            value, available = self.codec.condition(entry["when"], row.line, loops, ranges)
            used |= self._note(value.leaves)
            when = value
        lines, otherwise = handler(control, row, place, ranges, available, used)
        if not lines and not otherwise:
            return None
        if entry.get("clause"):
            lines = [f"/* {entry['clause']} */"] + lines
        return Block(loops, when.c if when else None, lines, otherwise)

    def _from(self, control, row, place, ranges, available, used):
        text, entry, loops = row.entry["from"], row.entry, row.target.loops
        if "order" in entry:
            text = self._reorder(row, text)
        value = self.codec.value(text, row.line, loops, ranges, available)
        used |= self._note(value.leaves)
        lines, c, lo, hi = [], value.c, value.lo, value.hi
        if "range" in entry:
            if _plain(text):
                lines += self._range_check(text, value, entry, row.line).splitlines()
                if len(value.leaves) == 1 and "when" not in entry:
                    ranges[value.leaves[0]] = _range(entry["range"])
            else:
                name = row.target.c.split(".")[-1].split("[")[0]
                ctype = "int64_t" if value.ctype in ("i64", "u32") else "int"
                lines.append(f"const {ctype} {name} = {c};")
                c, what = name, f"{control.short}.{row.key}"
                lines += self._range_check(what, value, entry, row.line, c=c).splitlines()
            lo, hi = _range(entry["range"])
        self._fits(lo, hi, row, text)
        lines.append(f"{place} = {self._narrowed(c, value, row)};")
        return lines, self._otherwise(row, place, loops, ranges, used)

    def _otherwise(self, row, place, loops, ranges, used):
        """The assignment for when the row's condition does not hold."""
        entry = row.entry
        if "otherwise" not in entry:
            return []
        if "when" not in entry:
            raise TableError(row.line, f"'{row.key}' has 'otherwise' without 'when'", "a 'when'")
        other = self.codec.value(entry["otherwise"], row.line, loops, ranges)
        self._fits(other.lo, other.hi, row, entry["otherwise"])
        used |= self._note(other.leaves)
        return [f"{place} = {other.c};"] if other.c != "0" else []

    def _const(self, control, row, place, ranges, available, used):
        self._fits(row.entry["const"], row.entry["const"], row, row.entry["const"])
        return ([f"{place} = {row.entry['const']};"] if row.entry["const"] else []), []

    def _not_carried(self, control, row, place, ranges, available, used):
        number = row.entry.get("value", 0)
        if number and "why" not in row.entry:
            raise TableError(row.line, f"'{row.key}' is {number} for no reason", "why: ...")
        self._fits(number, number, row, number)
        return ([f"{place} = {number};"] if number else []), []

    def _surface(self, control, row, place, ranges, available, used):
        text = row.entry["surface"]
        value = self.codec.value(text, row.line, row.target.loops, ranges, available)
        if row.target.leaf.size != 8 or row.target.leaf.signed:
            raise TableError(row.line, f"'{row.key}' cannot hold a timestamp", "a __u64")
        used |= self._note(value.leaves) | {"picture"}
        otherwise = self._otherwise(row, place, row.target.loops, ranges, used)
        return [f"{place} = picture_reference(picture, {value.c}).timestamp;"], otherwise

    def _index_of(self, control, row, place, ranges, available, used):
        entry = row.entry
        value = self.codec.value(entry["index_of"], row.line, row.target.loops, ranges, available)
        name, source, count = self._search(row)
        used |= self._note(value.leaves) | {source}
        if entry["otherwise"] < count:
            raise TableError(
                row.line,
                f"'otherwise' of '{row.key}' is {entry['otherwise']}, which is also an index",
                f"{count} or more",
            )
        self._fits(entry["otherwise"], entry["otherwise"], row, entry["otherwise"])
        lines = [f"{place} = {name}({source}, {value.c}, {entry['otherwise']});"]
        return lines, ([f"{place} = {entry['otherwise']};"] if "when" in entry else [])

    def _select(self, control, row, place, ranges, available, used):
        entry, loops = row.entry, row.target.loops
        value = self.codec.value(entry["select"], row.line, loops, ranges, available)
        used |= self._note(value.leaves)
        lines = [f"switch ({value.c}) {{"]
        for case, result in entry["cases"].items():
            case_line = entry["cases"].lines[case]
            if not re.fullmatch(r"-?\d+", case):
                self.codec.require_constant(case, case_line, "constant")
            chosen = self.codec.value(result, case_line, loops, ranges, available)
            self._fits(chosen.lo, chosen.hi, row, result)
            used |= self._note(chosen.leaves)
            lines += [f"case {case}:", f"{place} = {chosen.c};", "break;"]
        other = self.codec.value(entry["otherwise"], row.line, loops, ranges, available)
        self._fits(other.lo, other.hi, row, entry["otherwise"])
        used |= self._note(other.leaves)
        return lines + ["default:", f"{place} = {other.c};", "break;", "}"], []

    def _flags(self, control, row, used):
        """One block for each bit of a flags field."""
        macros = self.codec.flag_names(row.entry["pattern"])
        if not macros:
            line = row.entry.lines["pattern"]
            raise TableError(line, f"no constant is named {row.entry['pattern']}", "a flag's name")
        mask = row.target.leaf.interval[1]
        for name, bit in row.entry["bits"].items():
            line = row.entry["bits"].lines[name]
            if name not in macros:
                known = ", ".join(macros)
                raise TableError(line, f"there is no flag '{name}' in {row.entry['pattern']}", known)
            if self.codec.constant(macros[name]) & ~mask:
                raise TableError(line, f"flag '{name}' does not fit '{row.key}'")
            loops = tuple(row.target.loops)
            value, test = self._flag_test(name, bit, line, used, loops)
            if test == "0":
                continue
            place = f"{control.short}->{row.target.c}"
            lines = [f"if ({test})", f"{place} |= {macros[name]};"]
            if bit.get("clause"):
                lines = [f"/* {bit['clause']} */"] + lines
            block = Block(loops, None, lines, [])
            yield block

    def _flag_test(self, name, bit, line, used, loops):
        if "not_carried" in bit or "const" in bit:
            number = bit.get("value", bit.get("const", 0))
            if number not in (0, 1):
                raise TableError(line, f"flag '{name}' is {number}", "0 or 1")
            return None, str(number)
        available, tests = [], []
        if "when" in bit:
            value, available = self.codec.condition(bit["when"], line, loops)
            used |= self._note(value.leaves)
            tests.append(value.within(OR + 1))
        if "from" in bit:
            value = self.codec.value(bit["from"], line, loops, None, available)
            used |= self._note(value.leaves)
            tests.append(value.within(OR + 1) if tests else value.c)
        else:
            raise TableError(line, f"flag '{name}' has no source", "from or not_carried")
        return None, " && ".join(tests)

    # Pieces ------------------------------------------------------------------------------------

    def _note(self, leaves):
        """Source names of the leaves; remembers the constant tables."""
        found = set()
        for source, _ in leaves:
            if self.codec.sources[source].kind == "table":
                self.used_tables.add(source)
            else:
                found.add(source)
        return found

    def _fits(self, lo, hi, row, text):
        low, high = row.target.leaf.interval
        if lo < low or hi > high:
            raise TableError(
                row.line,
                f"'{text}' has {lo}..{hi}, '{row.key}' holds {low}..{high}",
                "a 'range' that fits",
            )

    @staticmethod
    def _narrowed(c, value, row):
        """The value with a cast where C would narrow it to a signed type; it is known to fit."""
        leaf = row.target.leaf
        low, high = leaf.interval
        plain = c == value.c and value.strength == PRIMARY
        if not leaf.signed or leaf.size > 4 or (plain and low <= value.lo and value.hi <= high):
            return c
        if leaf.size == 4 and value.ctype not in ("i64", "u64"):
            return c
        return f"(int{8 * leaf.size}_t)({c})" if not c.isidentifier() else f"(int{8 * leaf.size}_t){c}"

    def _reorder(self, row, text):
        """The source with its last loop index taken through the scan."""
        if not row.target.loops or row.target.loops[-1][1] != 0:
            raise TableError(row.line, f"'{row.key}' has no scan to reorder", "an index letter")
        index, _, last = row.target.loops[-1]
        if last + 1 not in (16, 64):
            raise TableError(row.line, f"'{row.key}' has {last + 1} elements", "16 or 64")
        side = "4x4" if last == 15 else "8x8"
        # The value at raster position i is the one with i's index in the scan, and the other way.
        scan = "zigzag_index" if row.entry["order"] == "raster_from_zigzag" else "zigzag"
        tree = ast.parse(text, mode="eval")
        table = f"{scan}_{side}"

        class Through(ast.NodeTransformer):
            def visit_Name(self, node):
                if node.id != index:
                    return node
                return ast.parse(f"{table}[{index}]", mode="eval").body

        return ast.unparse(Through().visit(tree))

    def _search(self, row):
        """Name of the function that looks for a value in the array of an `in:`."""
        text = row.entry["in"]
        c, kind, leaf = self._anywhere(text, row.line)
        test = ""
        if "unless" in row.entry:
            unless = row.entry["unless"].replace("[]", "[n]")
            value = self.codec.value(unless, row.line, [("n", 0, kind - 1)])
            test = f"!({value.c}) && " if value.strength <= COND + 12 else f"!{value.c} && "
        key = (text, test)
        if key not in self.searches:
            source = text.split(".")[0]
            name = "find_in_" + re.sub(r"\W+", "_", text.split(".", 1)[1]).strip("_")
            self.searches[key] = (name, source, kind, f"{test}{c} == value")
        name, source, count, _ = self.searches[key]
        return name, source, count

    def _anywhere(self, text, line):
        if text.count("[]") != 1:
            raise TableError(line, f"'{text}' does not name the fields of an array", "NAME[].FIELD")
        array = text.split("[]")[0]
        _, kind, _ = self.codec.array(array, line)
        value = self.codec.value(text.replace("[]", "[n]"), line, [("n", 0, kind.count - 1)])
        return value.c, kind.count, value.leaves[0]

    def _block(self, block):
        inner = "\n".join(block.lines) + "\n"
        depends = block.when and any(
            re.search(rf"\b{index}\b", block.when) for index, _, _ in block.loops
        )
        if block.when:
            body = "{\n" + inner + "}\n"
            if block.otherwise:
                body += "else {\n" + "\n".join(block.otherwise) + "\n}\n"
            if depends:
                return self._loops(block.loops, f"if ({block.when}) {body}")
            body = "{\n" + self._loops(block.loops, inner) + "}\n"
            if block.otherwise:
                other = self._loops(block.loops, "\n".join(block.otherwise) + "\n")
                body += "else {\n" + other + "}\n"
            return f"if ({block.when}) {body}"
        return self._loops(block.loops, inner)

    @staticmethod
    def _loops(loops, inner):
        for index, first, last in reversed(loops):
            inner = f"for (int {index} = {first}; {index} < {last + 1}; {index}++) {{\n{inner}}}\n"
        return inner


def _range(text):
    low, high = text.split("..")
    return int(low), int(high)


def _plain(text):
    return re.fullmatch(r"[\w.]+(\[\w+\][\w.]*)*", str(text)) is not None


def _flat(text):
    return " ".join(str(text).split())


def _quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
