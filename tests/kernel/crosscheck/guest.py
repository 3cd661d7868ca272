# SPDX-License-Identifier: MIT
"""Runs commands in the guest, one boot for many, and brings back what the kernel saw of each."""
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import boots, jobs, ringbuffer
from .boots import HERE, read

FEWEST = 8  # commands that are worth a boot of their own


@dataclass
class Result:
    """What one command left."""

    status: str   # exit status, "overrun" (trace buffer too small), "none" (never ran) or a reason
    log: str      # what it printed
    jobs: list    # jobs.Job

    def failure(self):
        """Why the command cannot count as a decode, or None."""
        if self.status == "0":
            return None
        last = [line for line in self.log.strip().splitlines() if line.strip()][-1:]
        reason = {"124": "no end (timeout)", "137": "no end (killed)", "139": "crashed",
                  "134": "aborted", "none": "did not run"}.get(self.status, self.status)
        if reason.isdecimal():
            reason = f"exit status {reason}"
        return reason + (f" ({last[0].strip()[:120]})" if last else "")


def tool(name, *arguments):
    """Runs one of the scripts of tests/kernel and returns what it printed."""
    return subprocess.run([os.path.join(HERE, name), *arguments], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def kernel_include():
    """The guest kernel's UAPI headers."""
    return os.path.join(tool("build-kernel"), "include")


def build_shim(directory, name="decode_mode"):
    """Compiles NAME.c into `directory`; returns the library's path."""
    library = os.path.join(directory, f"{name}.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", os.path.join(HERE, f"{name}.c"), "-o",
                    library], check=True)
    return library


def run(commands, work, seconds=60):
    """Runs {id: command} in the guest, in one boot a processor. work: an empty directory that the
    guest can write. seconds: the limit of each command. Returns {id: Result}."""
    tool("build-kernel")  # once, before several boots want it
    idents = list(commands)
    boots = max(1, min(len(os.sched_getaffinity(0)), len(idents) // FEWEST))
    shares = {os.path.join(work, str(n)): idents[n::boots] for n in range(boots)}
    with ThreadPoolExecutor(boots) as pool:
        for done in [pool.submit(_boot, directory, {ident: (seconds, commands[ident])
                                                    for ident in share})
                     for directory, share in shares.items()]:
            done.result()
    return {ident: result for directory, share in shares.items()
            for ident, result in _results(directory, share).items()}


def _boot(directory, commands):
    os.makedirs(directory, exist_ok=True)
    boots.run(directory, commands, boots.Guest("guest-trace"))


def _results(directory, idents):
    formats = ringbuffer.parse_formats(read(directory, "formats"))
    return {ident: _result(directory, ident, formats) for ident in idents}


def _result(work, ident, formats):
    status = read(work, f"{ident}.status").strip() or "none"
    try:
        found = jobs.read_jobs(read(work, f"{ident}.trace", "rb"), formats)
    except ringbuffer.TraceError as error:
        return Result(str(error), "", [])
    return Result(status, read(work, f"{ident}.log"), found)
