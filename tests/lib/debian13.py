# SPDX-License-Identifier: MIT
"""Programs of Debian 13, from the tree of tests/kernel/build-root, on this machine's files."""

import functools
from pathlib import Path

import tools

#: Directories of libraries that are found through Debian's alternatives, or by a path in the program
#: that uses them, neither of which leads into the tree.
_BELOW = ("blas", "lapack", "pulseaudio")


@functools.lru_cache(maxsize=None)
def command(program):
    """The words that run `program` of the tree; RuntimeError when the tree cannot be had. What is
    preloaded into it finds this machine's libraries where the tree has none of that name."""
    done = tools.run([tools.ROOT / "tests" / "kernel" / "build-root"], limit=1800)
    if done.ending():
        raise RuntimeError(f"{program} of Debian 13: {done.ending()}: {done.stderr.strip()[-300:]}")
    tree = Path(done.stdout.decode().strip())
    libraries = next(tree.glob("usr/lib/*-linux-gnu*"))
    path = [libraries, *(libraries / name for name in _BELOW), Path("/", libraries.relative_to(tree))]
    return [next(tree.glob("lib*/ld-linux*.so.*")), "--library-path", ":".join(map(str, path)),
            tree / "usr" / "bin" / program]
