# SPDX-License-Identifier: MIT
"""The real layouts of C structs, and the values of C constants, as the compiler sees them.

A probe that includes the headers is compiled with debug information; the structs are read from its
DWARF, the constants from running it.
"""

import os
import re
import shutil
import subprocess
import tempfile

from elftools.elf.elffile import ELFFile


class Int:
    """An integer of `size` bytes; `bits` of them in a bit-field."""

    def __init__(self, size, signed, bits=None, name=""):
        self.size, self.signed, self.bits, self.name = size, signed, bits, name

    @property
    def interval(self):
        bits = self.bits or 8 * self.size
        if self.name in ("_Bool", "bool"):
            return (0, 1)
        if self.signed:
            return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        return (0, (1 << bits) - 1)


class Array:
    def __init__(self, count, element):
        self.count, self.element = count, element
        self.size = count * element.size


class Struct:
    """A struct or union: `members` maps a name to its type, in order."""

    def __init__(self, name, size, union):
        self.name, self.size, self.union = name, size, union
        self.members = {}


class Layouts:
    """Looks up types by the name that C code uses: a typedef's, or a struct's tag."""

    def __init__(self, elf_path):
        self._types = {}
        self._cache = {}
        with open(elf_path, "rb") as stream:
            dwarf = ELFFile(stream).get_dwarf_info()
            for unit in dwarf.iter_CUs():
                for die in unit.get_top_DIE().iter_children():
                    name = self._name(die)
                    if name and die.tag in ("DW_TAG_typedef", "DW_TAG_structure_type"):
                        if "DW_AT_declaration" not in die.attributes:
                            self._types.setdefault((die.tag, name), die)
            for die in list(self._types.values()):
                self._convert_once(die)

    def struct(self, name):
        """The Struct that `name` (typedef or tag) names, or None."""
        for tag in ("DW_TAG_typedef", "DW_TAG_structure_type"):
            die = self._types.get((tag, name))
            if die is not None:
                found = self._cache[die.offset]
                if isinstance(found, Struct):
                    return found
        return None

    def is_tag(self, name):
        """True where C code has to write `struct NAME`."""
        return ("DW_TAG_structure_type", name) in self._types and (
            "DW_TAG_typedef",
            name,
        ) not in self._types

    @staticmethod
    def _name(die):
        attribute = die.attributes.get("DW_AT_name")
        return attribute.value.decode() if attribute else None

    def _convert_once(self, die):
        if die.offset not in self._cache:
            self._cache[die.offset] = None  # a pointer to itself ends here
            self._cache[die.offset] = self._convert(die)
        return self._cache[die.offset]

    def _convert(self, die):
        tag = die.tag
        if tag in ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type"):
            if "DW_AT_type" not in die.attributes:
                return None
            return self._convert_once(die.get_DIE_from_attribute("DW_AT_type"))
        if tag == "DW_TAG_base_type":
            encoding = die.attributes["DW_AT_encoding"].value
            signed = encoding in (5, 6)  # DW_ATE_signed, DW_ATE_signed_char
            return Int(die.attributes["DW_AT_byte_size"].value, signed, name=self._name(die))
        if tag == "DW_TAG_enumeration_type":
            values = [
                child.attributes["DW_AT_const_value"].value
                for child in die.iter_children()
                if child.tag == "DW_TAG_enumerator"
            ]
            return Int(die.attributes["DW_AT_byte_size"].value, min(values, default=0) < 0)
        if tag == "DW_TAG_array_type":
            element = self._convert_once(die.get_DIE_from_attribute("DW_AT_type"))
            counts = []
            for child in die.iter_children():
                if child.tag == "DW_TAG_subrange_type":
                    bound = child.attributes.get("DW_AT_upper_bound")
                    counts.append(bound.value + 1 if bound else 0)
            if element is None:
                return None
            for count in reversed(counts):
                element = Array(count, element)
            return element
        if tag in ("DW_TAG_structure_type", "DW_TAG_union_type"):
            size = die.attributes.get("DW_AT_byte_size")
            struct = Struct(self._name(die), size.value if size else 0, "union" in tag)
            for child in die.iter_children():
                if child.tag != "DW_TAG_member":
                    continue
                kind = self._convert_once(child.get_DIE_from_attribute("DW_AT_type"))
                bits = child.attributes.get("DW_AT_bit_size")
                if bits and isinstance(kind, Int):
                    kind = Int(kind.size, kind.signed, bits.value)
                if kind is not None and self._name(child):
                    struct.members[self._name(child)] = kind
            return struct
        return None


def leaves(kind, path="", dims=()):
    """Every leaf of a type as (path, dims, Int); array dimensions show as [] in the path."""
    if isinstance(kind, Int):
        yield path, dims, kind
    elif isinstance(kind, Array):
        yield from leaves(kind.element, path + "[]", dims + (kind.count,))
    elif isinstance(kind, Struct):
        for name, member in kind.members.items():
            yield from leaves(member, f"{path}.{name}" if path else name, dims)


class Headers:
    """Compiles against the headers that the table names.

    includes: lines such as '<va/va.h>'; include_dirs: searched first.
    """

    def __init__(self, includes, include_dirs=(), compiler=None):
        self.compiler = compiler or os.environ.get("CC", "gcc")
        self.text = "".join(f"#include {name}\n" for name in includes)
        self.directory = tempfile.mkdtemp(prefix="table-")
        # What is rendered from the real headers must not stand in for them.
        with open(os.path.join(self.directory, "kernel_controls.h"), "w", encoding="utf-8") as stream:
            stream.write("#include <linux/videodev2.h>\n")
        directories = [self.directory, *include_dirs]
        self.flags = [f"-I{directory}" for directory in directories] + ["-w", "-D_GNU_SOURCE"]
        self._macros = None
        self._values = {}

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def _compile(self, name, body, extra):
        source = os.path.join(self.directory, name + ".c")
        output = os.path.join(self.directory, name)
        with open(source, "w", encoding="utf-8") as stream:
            stream.write(self.text + body)
        done = subprocess.run(
            [self.compiler, *self.flags, *extra, source, "-o", output],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
        return (output if done.returncode == 0 else None), done.stderr

    def layouts(self):
        output, errors = self._compile(
            "layout", "", ["-g", "-c", "-fno-eliminate-unused-debug-types"]
        )
        if output is None:
            raise SystemExit(f"the headers do not compile:\n{errors}")
        return Layouts(output)

    def _preprocess(self, text, option):
        done = subprocess.run(
            [self.compiler, *self.flags, "-E", option, "-x", "c", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def macros(self):
        """Names of all object-like macros."""
        if self._macros is None:
            text = self._preprocess(self.text, "-dM")
            self._macros = re.findall(r"^#define (\w+) ", text, re.MULTILINE)
        return self._macros

    def preprocessed(self, name):
        """The text of the header `name` and of all that it includes, with its macros' definitions."""
        return self._preprocess(f"#include {name}\n", "-dD")

    def values(self, names):
        """{name: value} of those constants among `names` that exist."""
        missing = [name for name in names if name not in self._values]
        if missing:
            self._values.update(dict.fromkeys(missing))
            while missing:
                body = "#include <stdio.h>\nint main(void)\n{\n"
                first = (self.text + body).count("\n") + 1
                for name in missing:
                    body += f'printf("%s %lld\\n", "{name}", (long long)({name}));\n'
                output, errors = self._compile("values", body + "return 0;\n}\n", [])
                if output:
                    done = subprocess.run([output], capture_output=True, text=True, check=True)
                    for line in done.stdout.splitlines():
                        name, value = line.split()
                        self._values[name] = int(value)
                    break
                # A line that does not compile names no constant: leave it out.
                lines = re.findall(r"values\.c:(\d+):\d+: error", errors)
                bad = {missing[int(line) - first] for line in lines if int(line) >= first}
                if not bad:
                    raise SystemExit(f"the headers do not compile:\n{errors}")
                missing = [name for name in missing if name not in bad]
        return {name: self._values[name] for name in names if self._values[name] is not None}
