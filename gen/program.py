# SPDX-License-Identifier: MIT
"""What gen/generate does."""

import argparse
import os
import re
import subprocess
import sys

import docs
import render
import schema
from bind import Codec
from kernel_header import KernelHeader
from layout import Headers
from table import TableError, load

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# In generated/ but measured, not rendered: tests/crosscheck --page writes it.
MEASURED = {"docs/crosscheck.md"}
INCLUDES = ["<va/va.h>", "<linux/version.h>", '"codec/codec.h"']


def arguments():
    parser = argparse.ArgumentParser(description="Renders generated/ from codecs.yaml.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    parser.add_argument("--totals", action="store_true", help="print the totals of each codec")
    parser.add_argument("--table", default=os.path.join(ROOT, "codecs.yaml"))
    parser.add_argument("--output", default=os.path.join(ROOT, "generated"))
    parser.add_argument(
        "--include-dir",
        action="append",
        default=[],
        help="searched before the system's headers, for newer kernel headers (default: "
        "KERNEL_HEADERS of the environment, or what tests/lib/kernel-headers finds)",
    )
    return parser.parse_args()


def kernel_headers():
    """Include directories of kernel headers that know all codecs of the table; none if there are
    no such headers on this machine."""
    if "KERNEL_HEADERS" in os.environ:
        return [os.environ["KERNEL_HEADERS"]]
    script = os.path.join(ROOT, "tests", "lib", "kernel-headers")
    try:
        done = subprocess.run([script], stdout=subprocess.PIPE, text=True, check=False)
    except OSError:
        return []
    found = done.stdout.strip()
    return [found] if found and found != "/usr/include" else []


class Binder:
    """Binds tables to the headers, which it reads once for all tables that include the same."""

    def __init__(self, include_dirs=()):
        self.include_dirs = [*include_dirs, os.path.join(ROOT, "src")]
        self.known = {}
        self.skipped = {}  # codec -> the Linux version that its section wants headers of
        self.header = None  # KernelHeader of the table bound last

    def close(self):
        for headers, _ in self.known.values():
            headers.close()

    def views(self, path):
        """The CodecViews of the table in file `path`; raises TableError for what is wrong in it."""
        table = load(path)
        schema.check(table)
        includes = list(INCLUDES)
        for section in table.values():
            owners = list(section.get("parsers", {}).values())
            owners += [section["prepare"]] if "prepare" in section else []
            names = section.get("includes", []) + [owner["header"] for owner in owners]
            includes += [f'"{name}"' for name in names]
        key = tuple(dict.fromkeys(includes))
        if key not in self.known:
            headers = Headers(key, self.include_dirs)
            self.known[key] = headers, headers.layouts()
        headers, layouts = self.known[key]
        with open(path, encoding="utf-8") as stream:
            words = re.findall(r"\b(?:V4L2|VA)[A-Za-z0-9]*_?[A-Za-z0-9_]+\b", stream.read())
        headers.values(sorted(set(words)))  # all at once: one compilation
        version = headers.values(["LINUX_VERSION_CODE"])["LINUX_VERSION_CODE"]
        self.skipped = {
            name: ".".join(map(str, section["kernel"]))
            for name, section in table.items()
            if section.get("kernel", [0, 0]) > [version >> 16, version >> 8 & 255]
        }
        codecs = [
            Codec(name, section, table.lines[name], layouts, headers)
            for name, section in table.items()
            if name not in self.skipped
        ]
        self.header = KernelHeader(codecs, headers)
        return render.views_of(codecs)


def write(files, output):
    """Writes the files that differ; removes what is no longer generated. Returns their names."""
    changed = stale(files, output)
    for name in changed:
        path = os.path.join(output, name)
        if name not in files:
            os.remove(path)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(files[name])
    return changed


def only_of(files, views):
    """Those of `files` that speak of one codec alone."""
    names = tuple(view.name for view in views)
    return {
        path: text
        for path, text in files.items()
        if os.path.basename(path).startswith(tuple(f"{name}_" for name in names))
        or path in [f"docs/{name}.md" for name in names]
    }


def stale(files, output):
    """Names of the files in `output` that are not as they should be."""
    present = set()
    for directory, _, names in os.walk(output):
        present |= {os.path.relpath(os.path.join(directory, name), output) for name in names}
    changed = []
    for name, text in files.items():
        path = os.path.join(output, name)
        if name not in present or open(path, encoding="utf-8").read() != text:
            changed.append(name)
    return changed + sorted(present - set(files) - MEASURED)


def main():
    options = arguments()
    binder = Binder(options.include_dir or kernel_headers())
    try:
        views = binder.views(options.table)
    except TableError as error:
        sys.exit(error.text(os.path.relpath(options.table)))
    finally:
        binder.close()
    for name, version in binder.skipped.items():
        print(
            f"{name}: skipped, it needs kernel headers of Linux {version}: name their directory "
            "in KERNEL_HEADERS",
            file=sys.stderr,
        )
    if options.totals:
        for view in views:
            print(docs.totals_text(view.name, view.account))
        return
    formatter = render.find_formatter()
    if formatter is None:
        sys.exit("clang-format is needed to write generated/ as it is committed")
    files = render.render(views, binder.header, formatter, os.path.join(ROOT, ".clang-format"))
    if binder.skipped and not options.check:
        sys.exit("nothing written: generated/ holds all codecs")
    if options.check:
        old = stale(files, options.output)
        if binder.skipped:
            present = only_of(files, views)
            old = [name for name in old if name in present]
        if old:
            sys.exit(f"stale: {', '.join(old)}; run gen/generate")
        return
    for name in write(files, options.output):
        print(name)
