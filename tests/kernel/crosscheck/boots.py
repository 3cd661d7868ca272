# SPDX-License-Identifier: MIT
"""Boots the guest for a list of commands, watches it, and boots it again where it stands still.

A command that fails, crashes or does not end in its time has a result, and is never run again: the
guest's own `timeout` stops it, and the guest goes on. Only a guest that does nothing any more is
stopped from here; the commands that have not run yet are then run in another boot. One that the
guest stands still in TRIES times has failed.
"""
import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TRIES = 2
POLL = 1.0

#: What the kernel says of an error of its own.
BUG = re.compile(r"^(?:BUG: .*|Kernel panic.*|kernel BUG at .*)", re.M)


@dataclass(frozen=True)
class Patience:
    """How many seconds may pass from one sign of life to the next (silence), and beyond a command's
    own limit (late)."""

    silence: int = 15
    late: int = 15


@dataclass
class Guest:
    """What to boot: a script of tests/kernel that sources guest-list.sh, called with the directory
    of the list and `arguments`; options of `boot`; additions to the environment."""

    script: str
    arguments: tuple = ()
    options: tuple = ()
    environment: dict = None
    patience: Patience = Patience()


def read(directory, name, mode="r"):
    """A file that the guest left; empty when it left none."""
    try:
        errors = None if "b" in mode else "replace"
        with open(os.path.join(directory, name), mode, errors=errors) as file:
            return file.read()
    except FileNotFoundError:
        return b"" if "b" in mode else ""


def _remove(directory, *names):
    for name in names:
        try:
            os.remove(os.path.join(directory, name))
        except FileNotFoundError:
            pass


class _Watch:
    """What is seen of a running guest. Time is counted in looks at it, so that it stands still
    when this machine does."""

    def __init__(self, directory, limits, late):
        self.directory, self.limits, self.late = directory, limits, late
        self.running, self.taken = "", 0.0

    def look(self):
        """Why the guest has to be stopped, or None."""
        self.taken += POLL
        running = read(self.directory, "running").strip()
        if running and running != self.running:
            self.running, self.taken = running, 0
        limit = self.limits.get(self.running)
        if limit and self.taken > limit + self.late and \
                not read(self.directory, f"{self.running}.status"):
            return f"not stopped by its limit of {limit} s"
        return None


def _boot(directory, commands, guest):
    """Boots once; returns why the guest stood still, or None when it ended by itself."""
    with open(os.path.join(directory, "list"), "w", encoding="utf-8") as out:
        for ident, (seconds, command) in commands.items():
            out.write(f"{ident}\t{seconds}\t{command}\n")
    _remove(directory, "running", "console", *(f"{ident}.status" for ident in commands))
    limits = {ident: seconds for ident, (seconds, _) in commands.items()}
    watch = _Watch(directory, limits, guest.patience.late)
    process = subprocess.Popen(
        [os.path.join(HERE, "boot"), "-t", str(60 + sum(limits.values()) + 5 * len(limits)),
         "-s", str(guest.patience.silence), "-c", os.path.join(directory, "console"),
         *guest.options, "--",
         os.path.join(HERE, guest.script), directory, *guest.arguments],
        env=os.environ | (guest.environment or {}))
    try:
        while True:
            try:
                status = process.wait(POLL)
                return {123: "no sign of life", 124: "no end", 125: "it died"}.get(status)
            except subprocess.TimeoutExpired:
                why = watch.look()
                if why:
                    return why
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def run(directory, commands, guest, say=print):
    """Runs `commands` ({id: (seconds, shell command)}) in the guest and leaves for each what
    guest-list.sh says in `directory`; ID.status of one that the guest stood still in says so. What
    is out of the ordinary is told to `say`, in lines that begin with "# "."""
    left, stood = dict(commands), Counter()
    while left:
        why = _boot(directory, left, guest)
        bug = BUG.search(read(directory, "console"))
        bug = f' (its kernel: "{bug.group(0).strip()}")' if bug else ""
        running = read(directory, "running").strip()
        left = {ident: one for ident, one in left.items()
                if not read(directory, f"{ident}.status").strip()}
        blamed = running if running in left else ""
        if why and left:
            stood[blamed] += 1
            again = stood[blamed] < TRIES
            say(f"# the guest stood still in {blamed or 'its start'}: {why}{bug}; "
                f"{len(left)} commands are left, {'booted again' if again else 'given up'}")
            if not again:
                if not blamed:
                    return
                del left[blamed]
                with open(os.path.join(directory, f"{blamed}.status"), "w",
                          encoding="utf-8") as out:
                    out.write(f"the guest stood still {TRIES} times: {why}{bug}\n")
        else:
            if bug:
                say(f"# the guest went on, but{bug}")
            return
