# SPDX-License-Identifier: MIT
"""Instructions of a replay, by the library that they are spent in (callgrind)."""

import collections
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import valgrind
from bench import replays
from suites import helpers

#: Copies by vector instructions: callgrind counts one instruction for each byte of a `rep movsb`,
#: which processors do not.
TUNABLES = "glibc.cpu.x86_rep_movsb_threshold=1000000000"

_NAME = re.compile(r"\((\d+)\)(?: (.*))?")
_COST = re.compile(r"(?:[+-]?\d+|\*) (\d+)$")


@dataclass
class Profile:
    """`own`: instructions of each library by its file's name. `called`: (library, library) ->
    instructions of calls from one straight into the other, with all that those call. `plain_copy`:
    instructions of replay's copies of the bitstream. `loaded`: the paths of all that ran."""

    own: collections.Counter = field(default_factory=collections.Counter)
    called: collections.Counter = field(default_factory=collections.Counter)
    plain_copy: int = 0
    loaded: set = field(default_factory=set)


def _read(path):
    """Profile of one callgrind.out file."""
    profile, names = Profile(), {"ob": {}, "fn": {}}
    library = callee = function = ""
    in_call = False

    def name_of(kind, text):
        number, name = _NAME.fullmatch(text).groups()
        if name is not None:
            names[kind][number] = name
        return names[kind][number]

    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key == "ob":
            profile.loaded.add(name_of("ob", value))
            library = os.path.basename(name_of("ob", value))
        elif key == "fn":
            function, callee = name_of("fn", value), ""
        elif key == "cob":
            callee = os.path.basename(name_of("ob", value))
        elif key == "cfn":
            name_of("fn", value)
        elif key == "calls":
            in_call = True
        else:
            found = _COST.fullmatch(line)
            if not found:
                continue
            cost = int(found.group(1))
            if in_call:
                if callee and callee != library:
                    profile.called[library, callee] += cost
                in_call, callee = False, ""
            else:
                profile.own[library] += cost
            if function == "plain_copy":
                profile.plain_copy += cost
    return profile


def profile(stream, options):
    """Replays `stream` in callgrind; returns Profile."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "callgrind.out"
        replays.replay(stream, options=options, counted=False, GLIBC_TUNABLES=TUNABLES,
                       wrapper=valgrind.command("callgrind", "-q", "--compress-pos=no",
                                                f"--callgrind-out-file={out}"))
        found = _read(out)
    valgrind.check_loaded(found.loaded, helpers.must_build())
    return found


DRIVER = "v4l2_request_drv_video.so"


def _ours(found):
    """Instructions of one profile: the driver's, the C library's on its behalf, libva's."""
    c_library = sum(cost for (caller, callee), cost in found.called.items()
                    if caller == DRIVER and callee.startswith("libc"))
    libva = sum(cost for name, cost in found.own.items() if name.startswith("libva"))
    return found.own[DRIVER], c_library, libva


def per_picture(stream, pictures=60, options=()):
    """Instructions for each picture in the steady state: the driver's own, those of the C library
    that it calls, libva's, and those of copying the picture's bitstream once."""
    short = _ours(profile(stream, ["skip=30", f"frames={pictures}", *options]))
    long = _ours(profile(stream, ["skip=30", f"frames={2 * pictures}", *options]))
    return tuple((after - before) / pictures for before, after in zip(short, long))


def copy_per_picture(stream):
    """Instructions for copying each picture's bitstream once, on average."""
    run = replays.replay(stream, options=("skip=1", "frames=1"))
    found = profile(stream, ["skip=1", "frames=1", "copies=1"])
    return found.plain_copy / run["recorded_pictures"]
