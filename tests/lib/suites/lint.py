# SPDX-License-Identifier: MIT
"""Formatting, static analysis, and the house rules that a program can check."""

import functools
import json
import os
import re
import tempfile

import build
import floors
import owners
import tools
from results import Case, Failure
from suites import helpers

LONGEST_FILE = 500
TEXT = re.compile(r"\.(c|h|py|sh|yaml|yml|j2|jinja|jinja2|md|build|txt|options)$|(^|/)[^.]*$")
ABSOLUTE = re.compile(r"(?<![\w./$}])/(?:home|root|work|Users|opt)/\w[^\s\"']*")


def _read(name):
    return (tools.ROOT / name).read_text(encoding="utf-8", errors="replace")


def _text_files():
    return [name for name in helpers.tracked_files(".") if TEXT.search(name)]


def _report(complaints):
    if complaints:
        raise Failure("\n    ".join(["", *complaints[:30]]))


def file_length():
    _report([f"{name}: {length} lines" for name in _text_files()
             if (length := _read(name).count("\n")) > LONGEST_FILE
             # The table is one file by design; what is rendered from it is as long as it is.
             and name != "codecs.yaml" and not name.startswith("generated/")])


def absolute_paths():
    _report([f"{name}:{number}: {found.group(0)}" for name in _text_files()
             if name != "tests/lib/suites/lint.py"
             for number, line in enumerate(_read(name).splitlines(), 1)
             if (found := ABSOLUTE.search(line))])


#: Built into a kernel, and nowhere else.
KERNEL_SOURCE = ("tests/kernel/guest/fakehw.c",)


def licences():
    _report([f"{name}: no SPDX line" for name in helpers.tracked_files("*.c", "*.h", "*.py", "*.sh")
             if f"SPDX-License-Identifier: {'GPL-2.0' if name in KERNEL_SOURCE else 'MIT'}"
             not in "\n".join(_read(name).splitlines()[:4])])


def shell_flaws():
    scripts = [name for name in _text_files() if name.endswith(".sh")
               or re.match(r"#!.*\b(ba|da)?sh\b", _read(name))]
    helpers.succeed(["shellcheck", "--severity=warning", "--shell=bash",
                     # What a sourced file defines or uses is not seen: variables without a peer.
                     "--exclude=SC2034,SC2154,SC1090,SC1091", *scripts], cwd=tools.ROOT)


def python_flaws():
    helpers.succeed(["pyflakes3", *(name for name in _text_files() if name.endswith(".py")
                                    or re.match(r"#!.*python", _read(name)))], cwd=tools.ROOT)


def clang_format():
    helpers.succeed(["clang-format", "--dry-run", "--Werror",
                     *helpers.tracked_files("*.c", "*.h")], cwd=tools.ROOT)


def floors_of_source():
    """No include and no call leads upwards, and none in a circle; prints the floors."""
    made = helpers.must_build("gcc")
    database = json.loads((made.path / "compile_commands.json").read_text(encoding="utf-8"))
    objects = {}
    for entry in database:
        if "libdriver_core.a.p" in entry["output"]:
            source = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
            name = os.path.relpath(source, tools.ROOT).removeprefix("src/")
            objects[name] = made.path / entry["output"]
    arrows = floors.includes(floors.sources()) | floors.calls(objects)
    _report([f"{a} uses {b}, which is not below it" for a, b in floors.upward(arrows)]
            + [f"a circle: {', '.join(circle)}" for circle in floors.circles(arrows)])
    return (f"{len(arrows)} arrows, none upwards, no circle\n{floors.picture(arrows)}"
            .replace("\n", "\n    "))


def generator():
    """The generator's modules use one another in one direction."""
    arrows = floors.imports("gen")
    _report([f"a circle: {', '.join(circle)}" for circle in floors.circles(arrows)])
    return f"{len(arrows)} imports"


def one_writer():
    """Each part of a context is written by one file."""
    _report(owners.wrong())
    wrote = {"decode/queues.c": "context->queues.state = 1;", "decode/wait.c": "from->jobs.count--;",
             "va/sync.c": "++slot->used; a = context->queues.state;"}
    seen = [owners.writers(part, wrote) for part in owners.OWNERS]
    if [found for found in seen if found] != [{"queues"}, {"wait"}, {"sync"}]:
        raise Failure(f"the check itself finds {seen}")
    return ", ".join(sorted(set(owners.OWNERS.values())))


def locks_are_checked():
    """clang's analysis is on in the clang build, and finds a function called without its lock."""
    path, _ = _compiled()
    database = json.loads((path / "compile_commands.json").read_text(encoding="utf-8"))
    if any("-Wthread-safety" not in entry["command"] for entry in database
           if "libdriver_core.a.p" in entry["output"]):
        raise Failure("the clang build does not ask for it")
    code = """#include "base/lock.h"
        struct thing { struct lock lock; };
        void wants(struct thing *thing) REQUIRES(thing->lock);
        void calls(struct thing *thing);
        void calls(struct thing *thing) { %s wants(thing); %s }"""
    for before, after, good in (("lock_acquire(&thing->lock);", "lock_release(&thing->lock);", True),
                                ("", "", False), ("lock_acquire(&thing->lock);", "", False)):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as source:
            source.write(code % (before, after))
            source.flush()
            done = tools.run(["clang", "-fsyntax-only", "-Werror=thread-safety", "-Isrc",
                              source.name], cwd=tools.ROOT)
        if bool(done.ending()) == good or not good and "thread-safety" not in done.stderr:
            raise Failure(f"'{before}' and '{after}': {done.ending()}\n{done.stderr}")


def floors_are_seen():
    """The check itself: arrows of each wrong kind are found."""
    files = {"base/a.c": '#include "base/a.h"', "base/a.h": '#include "decode/c.h"',
             "decode/b.c": '#include "decode/c.h"', "decode/c.h": "", "decode/c.c":
             '#include "decode/b.h"', "pixels/d.c": '#include "codec/e.h"',
             "va/f.c": '#include "base/a.h"', "generated/registry.c": '#include "kernel_controls.h"'}
    arrows = floors.includes(files)
    if floors.upward(arrows) != [("base/a", "decode/c"), ("pixels/d", "codec/e")]:
        raise Failure(f"upwards: {floors.upward(arrows)}")
    if floors.circles(arrows) != [["decode/b", "decode/c"]]:
        raise Failure(f"circles: {floors.circles(arrows)}")


@functools.lru_cache(maxsize=None)
def _compiled():
    """The directory of the clang build, and the files in its compilation database."""
    path = build.configure("clang")
    database = json.loads((path / "compile_commands.json").read_text(encoding="utf-8"))
    return path, {os.path.realpath(os.path.join(entry["directory"], entry["file"]))
                  for entry in database}


@functools.lru_cache(maxsize=None)
def _flags_elsewhere():
    """Compiler flags for sources that other programs than meson compile."""
    done = helpers.succeed(["pkg-config", "--cflags", "libva", "libdrm"])
    toy = build.directory("clang") / "toy"
    helpers.python("gen/generate", "--table", "tests/table/toy.yaml", "--include-dir",
                   "tests/table", "--output", toy)
    headers = helpers.succeed([tools.ROOT / "tests" / "lib" / "kernel-headers"])
    return ["--", "-std=gnu11", "-D_GNU_SOURCE", "-Isrc", "-Igenerated", f"-I{toy}",
            "-Itests/table", *done.stdout.decode().split(),
            "-isystem", headers.stdout.decode().strip()]


def _tidy(name):
    directory, sources = _compiled()
    path = str((tools.ROOT / name).resolve())
    how = ["-p", directory] if path in sources else []
    # One process a file: with several, this clang-tidy takes every va_list for uninitialised.
    done = tools.run(["clang-tidy", *how, "--quiet", path,
                      *([] if how else _flags_elsewhere())], cwd=tools.ROOT)
    if done.ending():
        raise Failure(f"{done.ending()}\n{done.stdout.decode('utf-8', 'replace')[-3000:]}")


def cases():
    return [
        # Two threads must not set the same directory up at once.
        Case("compilation-database", lambda: _compiled() and None, alone=True),
        *(Case(f"clang-tidy/{name}", lambda name=name: _tidy(name))
          # the guest's own code is compiled by the kernel's build, with its headers
          for name in helpers.tracked_files("*.c") if not name.startswith("tests/kernel/guest/")),
        Case("clang-format", clang_format),
        Case("floors", floors_of_source),
        Case("locks-are-checked", locks_are_checked),
        Case("floors-are-seen", floors_are_seen),
        Case("floors-of-generator", generator),
        Case("one-writer", one_writer),
        Case("file-length", file_length),
        Case("absolute-paths", absolute_paths),
        Case("licences", licences),
        Case("shell", shell_flaws),
        Case("python", python_flaws),
    ]
