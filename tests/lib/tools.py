# SPDX-License-Identifier: MIT
"""Paths of the project and one way to run a program: with a time limit, no stdin, no surprises."""

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Seconds after which a program counts as hung.
TIME_LIMIT = int(os.environ.get("TEST_TIME_LIMIT", "180"))


def build_root():
    """The directory that holds every build of the tests: `build/` or what BUILD_DIR says."""
    return Path(os.environ.get("BUILD_DIR", ROOT / "build")).resolve()


def vectors_root():
    """The optional directory of test streams (TEST_VECTORS), or None where there is none."""
    path = Path(os.environ.get("TEST_VECTORS", ROOT.parent / "shared" / "vectors"))
    return path.resolve() if (path / "manifest.tsv").is_file() else None


@dataclass
class Finished:
    """A program's end: its exit status (negative: killed by that signal) and its output."""

    status: int
    stdout: bytes
    stderr: str
    timed_out: bool = False

    def ending(self):
        """None after a regular exit with status 0, else a phrase saying how it ended."""
        if self.timed_out:
            return f"hung (stopped after {TIME_LIMIT} s)"
        if self.status < 0:
            return f"died of {signal.Signals(-self.status).name}"
        if self.status:
            return f"exit status {self.status}"
        return None

    def crashed(self):
        """True when the program was killed by a signal or hung."""
        return self.timed_out or self.status < 0


def _wait(process, limit, watch):
    if not watch:
        process.wait(limit)
        return
    end = time.monotonic() + limit
    while True:
        try:
            process.wait(0.2)
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() > end:
                raise
            watch()


def run(command, env=None, cwd=None, limit=None, watch=None):
    """Runs `command` with `env` added to the environment; returns Finished and never raises for
    what the program does. The whole process group is stopped when the time is over. `watch` is
    called now and then with the number of bytes that the program has written to stdout."""
    merged = dict(os.environ)
    merged.update(env or {})
    # Output goes to files: a grandchild that keeps a pipe open could otherwise hold us.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(part) for part in command], env=merged, cwd=cwd, stdout=out,
                                   stderr=err, stdin=subprocess.DEVNULL, start_new_session=True)
        timed_out = False
        try:
            _wait(process, limit or TIME_LIMIT, watch and (lambda: watch(os.fstat(
                out.fileno()).st_size)))
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        out.seek(0)
        err.seek(0)
        return Finished(process.returncode, out.read(), err.read().decode("utf-8", "replace"),
                        timed_out)
