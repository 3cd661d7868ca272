# SPDX-License-Identifier: MIT
"""Renders generated/ from the bound codecs: {relative path: text}."""

import os
import re
import shutil
import subprocess

import jinja2

import docs
import unread
from account import Account
from emit import Emitter
from layout import leaves
from prefix import Prefix
from table import TableError

MAX = {"buffers": 8, "controls": 8, "profiles": 8}  # CODEC_MAX_... of codec.h
HERE = os.path.dirname(os.path.abspath(__file__))


class ControlView:
    """What the template needs of one control."""

    def __init__(self, codec, emitter, control):
        entry = control.entry
        self.cid, self.short, self.entry = control.cid, control.short, entry
        self.upper = control.short.upper()
        self.c_type = codec.c_type(entry["struct"])
        self.body, self.used = emitter.control(control)
        self.hook = control.hook
        self.fails = "refuse(" in self.body or self.hook is not None
        self.clause = entry["clause"]
        self.doc = entry.get("doc")
        self.condition, self.condition_used = None, set()
        tests = []
        if "mode" in entry:
            mode = codec.section["decode_mode"][entry["mode"]]
            tests.append(f"picture->decode_mode == {mode}")
        if "when" in entry:
            value, _ = codec.condition(
                entry["when"], entry.lines["when"], (), emitter.check_ranges()
            )
            self.condition_used = {source for source, _ in value.leaves}
            self.wanted = value.c
        else:
            self.wanted = None
        self.mode_test = tests[0] if tests else None
        self.array, self.count, self.count_used = control.array, None, set()
        if control.array:
            self._array(codec, emitter, control)
        self.fields = [_field(self.c_type, *leaf) for leaf in leaves(control.layout)]


    def _array(self, codec, emitter, control):
        """Looks at what `array` says: `count` becomes the C text of a slice's elements."""
        entry, line = control.array, control.entry.lines["array"]
        if not 1 <= entry["max"] <= 65535:
            raise TableError(line, f"an array of {entry['max']} elements", "1 to 65535")
        if "count" not in entry:
            if entry.get("per_picture"):
                raise TableError(line, "an array per picture has a number of elements", "count")
            return
        value = codec.value(entry["count"], line, (), emitter.check_ranges())
        if value.lo < 0:
            raise TableError(line, f"'{entry['count']}' may be negative", "a number of elements")
        if not control.hook or control.rows:
            raise TableError(
                line, f"'{control.cid}' has several elements a slice", "a hook that fills them all"
            )
        self.count, self.fails = value.c, True
        self.count_used = {source for source, _ in value.leaves}


def _field(c_type, path, dims, kind):
    """The C initialiser of a `struct control_field`."""
    first = path.replace("[]", "[0]")
    strides = []
    for i, count in enumerate(dims):
        parts = path.split("[]")
        element = "[0]".join(parts[: i + 1]) + "[0]"
        strides.append(f"{{{count}, SIZE({c_type}, {element})}}")
    signed = "true" if kind.signed else "false"
    text = f'{{"{path}", offsetof({c_type}, {first}), {kind.size}, {signed}, {len(dims)}'
    return text + (f", {{{', '.join(strides)}}}" if strides else "") + "}"


class CodecView:
    """What the templates need of one codec."""

    def __init__(self, codec):
        section = codec.section
        for key, most in MAX.items():
            if len(section[key]) > most:
                raise TableError(section.lines[key], f"more than {most} {key}", f"at most {most}")
        self.codec, self.name, self.section = codec, codec.name, section
        self.upper = codec.name.upper()
        self.emitter = Emitter(codec)
        self.checks = {name: self.emitter.checks(name) for name in codec.buffers}
        self.checks = {name: text for name, text in self.checks.items() if text}
        self.controls = [ControlView(codec, self.emitter, control) for control in codec.controls]
        self.names = ["picture", "data", "persist", "context", "surface"]  # sources, in C's order
        self.names += [*codec.parsers, *codec.buffers]
        self.arrays = [control for control in self.controls if control.array]
        self.reads_data = any(
            "data" in control.used | control.condition_used | control.count_used
            for control in self.controls
        )
        self.buffers = [
            {
                "name": name,
                "upper": name.upper(),
                "type": entry["type"],
                "c_type": codec.c_type(entry["struct"]),
                "required": entry.get("required", False) or entry.get("slices", False),
                "optional": codec.sources[name].optional,
                "is_slice": entry.get("slices", False),
                "is_array": entry.get("slices", False) or entry.get("array", False),
                "max_count": entry.get("max_count", 65535 if entry.get("slices") else 1),
            }
            for name, entry in codec.buffers.items()
        ]
        self.profiles = [self._profile(name, entry) for name, entry in section["profiles"].items()]
        self._require_constants()
        self._state()
        self._format()
        self.headers = sorted(
            {entry["header"] for entry in codec.parsers.values()}
            | ({codec.prepare["header"]} if codec.prepare else set())
            | {control.hook["header"] for control in codec.controls if control.hook}
        )
        self.prefix = Prefix(codec, self.emitter) if "prefix" in section else None
        self.tables = {name: codec.tables[name] for name in sorted(self.emitter.used_tables)}
        self.searches = list(self.emitter.searches.values())
        self.account = Account(codec)

    def _profile(self, name, entry):
        line = self.section["profiles"].lines[name]
        if "since" not in entry:
            self.codec.require_constant(name, line, "profile")
        menu = entry.get("menu", ["0", "0"])
        for item in menu:
            if item != "0":
                self.codec.require_constant(item, entry.lines["menu"], "menu control or item")
        return {
            "name": name,
            "menu": menu,
            "bit_depth": entry.get("bit_depth", 8),
            "min_bit_depth": entry.get("min_bit_depth", 8),
            "since": entry.get("since"),
            "number": entry.get("number"),
        }

    def _require_constants(self):
        for key in ("decode_mode", "start_code"):
            for item in self.section.get(key, {}).values():
                self.codec.require_constant(item, self.section.lines[key], "constant")
        self.codec.require_constant(
            self.section["coded_format"], self.section.lines["coded_format"], "coded format"
        )

    def _state(self):
        """Members of the context's state, and the statements that start and update it."""
        codec = self.codec
        self.context = codec.prepare.get("context") if codec.prepare else None
        self.surface = codec.prepare.get("surface") if codec.prepare else None
        self.persist = []
        self.persist_start, self.persist_load, self.persist_used = [], [], set()
        ranges = self.emitter.check_ranges()
        for name, entry in codec.persist.items():
            kind, _, count = entry["type"].partition("[")
            self.persist.append(f"{kind} {name}{'[' + count if count else ''};")
            place = f"state->{name}"
            self.persist_start.append(self._assign(place, entry, entry["initial"], bool(count)))
            for i, load in enumerate(entry["load"]):
                line = entry["load"].lines[i]
                value, available = codec.condition(load["when"], line, (), ranges)
                self.persist_used |= {source for source, _ in value.leaves}
                text = self._assign(place, entry, load["from"], bool(count), available)
                self.persist_load.append(f"if ({value.c})\n{text}")
        self.persist_used -= {"persist"}

    def _assign(self, place, entry, text, is_array, available=()):
        line = entry.line
        if not is_array:
            value = self.codec.value(text, line, (), None, available)
            constant = {"0": "false", "1": "true"} if entry["type"] == "bool" else {}
            return f"{place} = {constant.get(value.c, value.c)};"
        if isinstance(text, int):
            if not entry["type"].startswith(("uint8_t", "int8_t")) and text:
                raise TableError(line, "only bytes can start as a number", "a table")
            return f"memset({place}, {text}, sizeof({place}));"
        c, kind, leaf = self.codec.array(text, line, available)
        own = self.codec.sources["persist"].layout.members[place[len("state->") :]]
        if kind.size != own.size or kind.element.size != own.element.size:
            raise TableError(
                line, f"'{text}' has {kind.size} bytes, its target {own.size}", "the same size"
            )
        if leaf[0] in self.codec.tables:
            self.emitter.used_tables.add(leaf[0])
        return f"memcpy({place}, {c}, sizeof({place}));"

    def _format(self):
        codec, ranges = self.codec, self.emitter.check_ranges()
        self.format, self.format_used = {}, set()
        most = (1 << 32) - 1
        limits = {"width": most, "height": most, "bit_depth": 255, "references": 1,
                  "monochrome": 1}
        for key, text in self.section["format"].items():
            line = self.section["format"].lines[key]
            value = codec.value(text, line, (), ranges)
            if value.lo < 0 or value.hi > limits[key]:
                raise TableError(line, f"'{text}' has {value.lo}..{value.hi}", "a size")
            self.format[key] = value.c
            self.format_used |= {source for source, _ in value.leaves}
        self._negotiated(codec, ranges)
        self.structure, self.structure_used = {}, set()
        for key, text in self.section.get("structure", {}).items():
            value, _ = codec.condition(text, self.section["structure"].lines[key])
            self.structure[key] = value.c
            self.structure_used |= {source for source, _ in value.leaves}

    def _negotiated(self, codec, ranges):
        """C text of the fields that kernel drivers choose CAPTURE's format by, side by side; without
        those that only say the bit depth once more, which the runtime compares."""
        line = self.section["format"].lines["bit_depth"]
        depth = set(codec.value(self.section["format"]["bit_depth"], line, (), ranges).leaves)
        parts, bits = [], 0
        for name, entry, line, loops in self._marked():
            if "from" not in entry or "when" in entry or loops:
                raise TableError(line, f"'{name}' is no plain value to negotiate by", "{from: ...}")
            value = codec.value(entry["from"], line, (), ranges)
            if set(value.leaves) <= depth:
                continue
            sources = {source for source, _ in value.leaves}
            if value.lo < 0 or not sources <= set(codec.buffers):
                raise TableError(
                    line, f"'{entry['from']}' cannot be negotiated by", "unsigned fields of buffers"
                )
            self.format_used |= sources
            text = f"(uint32_t)({value.c})"
            parts.append(f"{text} << {bits}" if bits else text)
            bits += value.hi.bit_length()
            if bits > 32:
                raise TableError(line, f"{bits} bits are negotiated by", "32 at most")
        if parts:
            self.format["negotiated"] = " | ".join(parts)

    def _marked(self):
        """(name, row, line, loops) of the rows, and the flags, that have `negotiates`."""
        for control in self.codec.controls:
            for row in control.rows:
                items = [(row.key, row.entry, row.line)]
                if row.kind == "pattern":
                    lines = row.entry["bits"].lines
                    items = [(name, bit, lines[name]) for name, bit in row.entry["bits"].items()]
                for name, entry, line in items:
                    if "negotiates" not in entry:
                        continue
                    if not control.entry.get("negotiates_format"):
                        raise TableError(
                            line, f"'{name}' is in a control that does not negotiate",
                            "negotiates_format: true",
                        )
                    yield name, entry, line, row.target.loops


def views_of(codecs):
    """One CodecView a codec: raises TableError for whatever is wrong with a codec's rows."""
    return [CodecView(codec) for codec in codecs]


def render(views, header, formatter=None, style=None):
    """{path below generated/: text}. header: a KernelHeader; formatter: clang-format's path; style: a
    .clang-format file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(os.path.join(HERE, "templates")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["comment"] = _comment
    files = {}
    for view in views:
        for part in ("table.h", "builder.c", "fields.c"):
            template = environment.get_template(part + ".j2")
            files[f"{view.name}_{part}"] = template.render(codec=view)
    for name in ("builder.h", "codecs.h", "registry.c", "meson.build", "kernel_controls.h"):
        template = environment.get_template(name + ".j2")
        files[name] = template.render(codecs=views, header=header)
    if formatter:
        for name, text in files.items():
            if name.endswith((".c", ".h")):
                files[name] = _format_c(text, formatter, style, name)
    for view in views:
        files[f"docs/{view.name}.md"] = docs.codec_page(view)
    files["docs/index.md"] = docs.index_page(views)
    files["docs/unread.md"] = unread.page(views, docs.HEAD)
    return files


def find_formatter():
    return shutil.which("clang-format-14") or shutil.which("clang-format")


def _format_c(text, formatter, style, name):
    text = re.sub(r"\n{3,}", "\n\n", text)
    done = subprocess.run(
        [formatter, f"--style=file:{style}", f"--assume-filename={name}"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _comment(text):
    return " ".join(str(text).split())
