# SPDX-License-Identifier: MIT
"""The floors of src/: which file includes, and which unit calls, what of another one.

A unit is a .c file with the header of its name, or a header alone. Arrows go from the unit that
includes or calls to the one that it uses; they have to lead to the same floor or to a lower one,
and there must be no circle."""

import ast
import re
from collections import defaultdict
from pathlib import PurePath

import tools

#: From the ground up. Floors of one line stand beside each other and use nothing of one another.
FLOORS = (("base",), ("codec", "pixels"), ("device",), ("decode",), ("va",))
RANK = {name: rank for rank, names in enumerate(FLOORS) for name in names}
#: Where what is rendered into generated/ stands: the floor of the codecs, but for the kernel's names.
GENERATED, KERNEL_CONTROLS = "codec", "base/kernel_controls"

_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def floor_of(unit):
    return unit.split("/")[0]


def _unit(path):
    """"decode/completion" of src/decode/completion.c, "codec/registry" of generated/registry.c; the
    names are those by which files include each other."""
    path = PurePath(path).with_suffix("")
    if path.name == PurePath(KERNEL_CONTROLS).name:
        return KERNEL_CONTROLS
    if path.parent.name in ("", "generated"):
        return f"{GENERATED}/{path.name}"
    return str(path)


def sources():
    """Name -> text, of all C files of the driver."""
    found = {}
    for root, prefix in (("src", ""), ("generated", "generated/")):
        for path in sorted((tools.ROOT / root).rglob("*.[ch]")):
            name = prefix + str(path.relative_to(tools.ROOT / root))
            found[name] = path.read_text(encoding="utf-8")
    return found


def includes(files):
    """Arrows between units, of {path: text}."""
    return {(_unit(path), _unit(name)) for path, text in files.items()
            for name in _INCLUDE.findall(text)} - {(unit, unit) for unit in map(_unit, files)}


def imports(directory):
    """Arrows between the Python modules of a directory."""
    modules = {path.stem: ast.parse(path.read_text(encoding="utf-8"))
               for path in sorted((tools.ROOT / directory).glob("*.py"))}
    arrows = set()
    for name, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                arrows |= {(name, alias.name) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                arrows.add((name, node.module))
    return {(a, b) for a, b in arrows if b in modules}


def calls(objects):
    """Arrows between units, of the object files of a build: {path of the source: object file}."""
    defined, used = {}, defaultdict(set)
    for source, path in objects.items():
        for line in tools.run(["nm", path]).stdout.decode().splitlines():
            kind, name = line.split()[-2:]
            if kind == "U":
                used[name].add(_unit(source))
            elif kind.isupper():
                defined[name] = _unit(source)
    return {(user, unit) for name, unit in defined.items() for user in used[name] if user != unit}


def upward(arrows):
    """The arrows that lead to a higher floor, or to the one beside."""
    return sorted((a, b) for a, b in arrows if floor_of(a) != floor_of(b)
                  and RANK[floor_of(b)] >= RANK[floor_of(a)])


def circles(arrows):
    """Sets of units that can be reached from one another (Tarjan)."""
    uses = defaultdict(set)
    for a, b in arrows:
        uses[a].add(b)
    found, index, low, stack = [], {}, {}, []

    def visit(unit):
        index[unit] = low[unit] = len(index)
        stack.append(unit)
        for other in uses[unit]:
            if other not in index:
                visit(other)
            if other in stack:
                low[unit] = min(low[unit], low[other])
        if low[unit] == index[unit]:
            circle = set()
            while unit not in circle:
                circle.add(stack.pop())
            if len(circle) > 1:
                found.append(sorted(circle))

    for unit in sorted({unit for arrow in arrows for unit in arrow}):
        if unit not in index:
            visit(unit)
    return sorted(found)


def storeys(arrows):
    """Unit -> how many units stand below it on its own floor, one on the other."""
    uses, height = defaultdict(set), {}
    for a, b in arrows:
        if floor_of(a) == floor_of(b):
            uses[a].add(b)

    def measure(unit):
        if unit not in height:
            height[unit] = 1 + max((measure(other) for other in uses[unit]), default=-1)
        return height[unit]

    for unit in {unit for arrow in arrows for unit in arrow}:
        measure(unit)
    return height


def picture(arrows):
    """The floors as text, the highest first; on each, what stands on what. Wants no circles."""
    height, lines = storeys(arrows), []
    for names in reversed(FLOORS):
        for name in names:
            units = [unit for unit in height if floor_of(unit) == name]
            lines.append(f"{name}: {len(units)} units")
            for level in range(max(map(height.get, units), default=-1), -1, -1):
                row = sorted(PurePath(unit).name for unit in units if height[unit] == level)
                lines.append(f"    {' '.join(row)}")
    return "\n".join(lines)
