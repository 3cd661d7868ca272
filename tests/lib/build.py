# SPDX-License-Identifier: MIT
"""Builds of the project in directories that meson sets up when they are not there yet."""

import contextlib
import fcntl
import re
import threading
from dataclasses import dataclass
from pathlib import Path

import tools

_lock = threading.RLock()
_done = {}

#: Build name -> (environment of `meson setup`, options). The unnamed one is the user's `build/`,
#: which "gcc" makes stricter: it is compiled once for both. Optimized once, what is sanitized takes
#: two thirds of the time to compile.
VARIANTS = {
    "": ({}, []),
    "clang": ({"CC": "clang"}, ["-Dwerror=true"]),
    "gcc": ({"CC": "gcc"}, ["-Dwerror=true"]),
    "sanitize": ({"CC": "gcc"}, ["-Db_sanitize=address,undefined", "-Db_lundef=false",
                                 "-Doptimization=1"]),
    "threads": ({"CC": "gcc"}, ["-Db_sanitize=thread", "-Db_lundef=false",
                                "-Dbuildtype=debugoptimized"]),
    "fuzz": ({"CC": "clang"}, ["-Dfuzzers=true"]),
}

#: What is enough to decode: ninja's targets.
DRIVER = ("src/v4l2_request_drv_video.so", "tests/virtdec/libvirtdec.so",
          "tests/virtdec/libvirtdec_crash.so")
#: Of variants that have one purpose: ninja's targets.
TARGETS = {
    "threads": (*DRIVER, "tests/faults/v4l2_request_drv_video.so", "tests/faults/shared",
                "tests/faults/stress"),
    "fuzz": [f"tests/fuzz/{path.stem}"
             for path in sorted((tools.ROOT / "tests" / "fuzz").glob("fuzz_*.c"))],
}


class BuildError(Exception):
    """The build failed; the text is the end of meson's or ninja's output."""


@dataclass(frozen=True)
class Build:
    """A finished build in `path`."""

    path: Path

    @property
    def driver_dir(self):
        return self.path / "src"

    @property
    def driver(self):
        return self.driver_dir / "v4l2_request_drv_video.so"

    @property
    def virtdec(self):
        return self.path / "tests" / "virtdec" / "libvirtdec.so"


def directory(variant=""):
    """Where `variant` is built."""
    root = tools.build_root()
    return root if variant in ("", "gcc") else root.with_name(f"{root.name}-{variant}")


def _checked(command, **kwargs):
    done = tools.run(command, limit=1200, **kwargs)
    if done.ending():
        output = done.stdout.decode("utf-8", "replace") + done.stderr
        # What meson and ninja say before the first error helps nobody.
        found = re.search(r"^(FAILED:|.*\bERROR:).*", output, re.MULTILINE | re.DOTALL)
        told = found.group(0)[:4000] if found else output[-3000:]
        raise BuildError(f"{' '.join(map(str, command[:3]))}: {done.ending()}\n{told}")
    return done


def configure(variant="", tests=True):
    """Sets up the directory of `variant` without compiling; returns its path, raises BuildError."""
    path = directory(variant)
    env, options = VARIANTS[variant]
    with _lock:
        if not (path / "build.ninja").is_file():
            _checked(["meson", "setup", *(["-Dtests=true"] if tests else []), *options, path,
                      tools.ROOT], env=env)
        elif tests:
            # A build directory that its owner set up without tests gains them.
            _checked(["meson", "configure", path, "-Dtests=true", *options])
    return path


@contextlib.contextmanager
def _alone_in(path):
    """No other process sets up or compiles in that directory meanwhile."""
    path.mkdir(parents=True, exist_ok=True)
    with open(path / "tests.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(variant, tests, targets):
    with _alone_in(directory(variant)):
        path = configure(variant, tests)
        _checked(["ninja", "-C", path, *targets])
    return Build(path)


def build(variant="", tests=True, targets=()):
    """Sets up (once) and compiles `variant`, all that its tests need or `targets`; returns a Build,
    raises BuildError. One build runs at a time, for each uses all cores."""
    with _lock:
        if variant == "" and isinstance(_done.get("gcc"), Build):
            return _done["gcc"]
        if variant in _done:
            if isinstance(_done[variant], BuildError):
                raise BuildError(f"the build in {directory(variant)} failed, see above")
            return _done[variant]
        try:
            _done[variant] = _build(variant, tests, targets or TARGETS.get(variant, ()))
        except BuildError as error:
            _done[variant] = error
            raise
        return _done[variant]
