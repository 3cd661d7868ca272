# SPDX-License-Identifier: MIT
"""Formatting, static analysis, and the house rules that a program can check."""

import json
import os
import re

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


def licences():
    _report([f"{name}: no SPDX line" for name in helpers.tracked_files("*.c", "*.h", "*.py", "*.sh")
             if "SPDX-License-Identifier: MIT" not in "\n".join(_read(name).splitlines()[:4])])


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


def _compiled():
    """The project's C sources that the clang build compiles: their paths, from its database."""
    made = helpers.must_build("clang")
    database = json.loads((made.path / "compile_commands.json").read_text(encoding="utf-8"))
    sources = {os.path.realpath(os.path.join(entry["directory"], entry["file"]))
               for entry in database}
    return made, sorted(source for source in sources if source.startswith(f"{tools.ROOT}{os.sep}"))


def _tidy(part, parts):
    made, sources = _compiled()
    chosen = sources[part::parts]
    if not chosen:
        return None
    # Checks that are switched off ask for another style, not for another meaning.
    done = tools.run(
        ["clang-tidy", "-p", made.path, "--quiet",
         "--checks=-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,"
         "-bugprone-reserved-identifier,-clang-analyzer-security.insecureAPI."
         "DeprecatedOrUnsafeBufferHandling",
         "--warnings-as-errors=*", f"--header-filter={re.escape(str(tools.ROOT))}/.*", *chosen],
        limit=1200)
    if done.ending():
        raise Failure(f"{done.ending()}\n{done.stdout.decode('utf-8', 'replace')[-5000:]}")
    return f"{len(chosen)} files"


def cases():
    return [
        helpers.build_case("clang"),
        Case("clang-tidy-1", lambda: _tidy(0, 2)),
        Case("clang-tidy-2", lambda: _tidy(1, 2)),
        Case("clang-format", clang_format),
        Case("file-length", file_length),
        Case("absolute-paths", absolute_paths),
        Case("licences", licences),
        Case("shell", shell_flaws),
        Case("python", python_flaws),
    ]
