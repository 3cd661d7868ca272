# SPDX-License-Identifier: MIT
"""System calls for each picture on a real kernel: the guest of tests/kernel, with visl, in strace;
next to GStreamer's stateless client, which knows nothing of VA."""

import collections
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

import ffmpeg
import tools
from bench import replays, streams
from bench.table import Table
from results import Failure
from suites import helpers

GUEST = tools.ROOT / "tests" / "kernel"
PICTURES = 90

_CALL = re.compile(r"^\d+ +(\w+)\((.*)")
_IOCTL = re.compile(r"\d+<[^>]*>, (\w+)")
#: Files whose calls are the decoder's.
_FILES = re.compile(r"<([^>]*/dev/(video|media)\d+|anon_inode:\[?request\]?|/dmabuf:[^>]*)>")
KINDS = ("VIDIOC_QBUF", "VIDIOC_DQBUF", "VIDIOC_S_EXT_CTRLS", "MEDIA_REQUEST_IOC_QUEUE",
         "MEDIA_REQUEST_IOC_REINIT")


def count(text):
    """The calls of each kind for each picture in the steady state of a trace: between 40 and 90
    percent of its requests. Calls on other files than the decoder's are `elsewhere`; reading the
    clock, which costs no system call where the kernel has a vDSO for it, is `clock`."""
    calls = []
    for line in text.splitlines():
        found = _CALL.match(line)
        if not found:
            continue
        name, rest = found.groups()
        ioctl = _IOCTL.match(rest) if name == "ioctl" else None
        kind = ioctl.group(1) if ioctl else name
        if name in ("clock_gettime", "gettimeofday", "time"):
            kind = "clock"
        elif not _FILES.search(rest):
            kind = "elsewhere"
        elif name in ("poll", "ppoll", "select", "pselect6"):
            kind = "poll"
        calls.append(kind)
    requests = [n for n, kind in enumerate(calls) if kind == "MEDIA_REQUEST_IOC_QUEUE"]
    if len(requests) < 20:
        raise Failure(f"only {len(requests)} requests in a trace")
    first, last = requests[len(requests) * 2 // 5], requests[len(requests) * 9 // 10]
    pictures = len(requests) * 9 // 10 - len(requests) * 2 // 5
    return {kind: n / pictures
            for kind, n in collections.Counter(calls[first:last]).items()}


def in_guest(commands, directory):
    """Runs {name: command} one after the other in one boot, each in strace; returns {name: text of
    its trace}."""
    script = Path(directory) / "commands"
    script.write_text("\n".join(
        f"timeout 120 strace -f -y -o {shlex.quote(str(directory))}/{n}.strace {command} "
        f">{shlex.quote(str(directory))}/{n}.log 2>&1 </dev/null"
        for n, command in enumerate(commands.values())) + "\n", encoding="utf-8")
    done = tools.run([GUEST / "boot", "-t", "900", "--", "bash", script], limit=1000)
    traces = {}
    for n, name in enumerate(commands):
        path = Path(directory) / f"{n}.strace"
        if not path.exists():
            raise Failure(f"{name} did not run in the guest: {done.ending()}\n{done.stderr[-1000:]}")
        traces[name] = path.read_text(encoding="utf-8", errors="replace")
    return traces


def _clients():
    """tests/crosscheck's knowledge of GStreamer's pipelines."""
    if str(GUEST) not in sys.path:
        sys.path.append(str(GUEST))
    from crosscheck import clients, guest  # pylint: disable=import-outside-toplevel
    return clients, guest


def _ours(stream, *options):
    made = helpers.must_build()
    env = f"env LIBVA_DRIVERS_PATH={shlex.quote(str(made.driver_dir))} " \
          "LIBVA_DRIVER_NAME=v4l2_request LIBVA_MESSAGING_LEVEL=0 "
    return env + shlex.join(map(str, [replays.program(), streams.recording(stream),
                                      f"frames={PICTURES}", "skip=30", *options]))


def _long_clip(stream):
    """The clip over and over, for a player that does not go round by itself."""
    path = streams.clip(stream)
    longer = path.with_name(f"long-{path.name}")
    rounds = PICTURES // stream.geometry[2]
    if longer.exists():
        return longer
    if path.suffix == ".ivf":
        helpers.succeed([*ffmpeg.FFMPEG, "-v", "error", "-stream_loop",
                         str(rounds - 1), "-i", path, "-c", "copy", longer])
    else:
        longer.write_bytes(path.read_bytes() * rounds)
    return longer


def measure():
    clients, guest = _clients()
    table = Table("syscalls", "System calls for each picture on a real kernel (visl)",
                  ["stream", "client", "all", *(kind.split("_", 1)[1] for kind in KINDS), "poll",
                   "dma-buf sync", "other", "clock"], bars=("all",),
                  note="`all` is without `clock`: clock_gettime needs no system call where the "
                       "kernel has a vDSO, which the guest has not. visl decodes while a request "
                       "is queued: every picture is ready when it is asked for.")
    listed = streams.every_stream()
    with tempfile.TemporaryDirectory(dir=streams.directory()) as work:
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        env = clients.Environment(str(helpers.must_build().driver_dir), guest.build_shim(work),
                                  f"{cache}/libva-v4l2-stateless",
                                  guest.tool("build-root"), str(GUEST),
                                  [str(streams.directory())])
        commands = {}
        for stream in listed:
            name = {"mpeg2video": "mpeg2"}.get(stream.codec, stream.codec)
            commands[f"{stream.name}.this driver"] = _ours(stream, "depth=2")
            commands[f"{stream.name}.GStreamer"] = env.oracle(name, str(_long_clip(stream)),
                                                              "frame")
        for name, trace in in_guest(commands, work).items():
            stream, client = name.rsplit(".", 1)
            table.rows.append([stream, client, *_row(trace, name)])
    return [table]


def _row(trace, name):
    try:
        found = count(trace)
    except Failure as error:
        print(f"syscalls: {name}: {error}", file=sys.stderr)
        return [None] * (5 + len(KINDS))
    known = [found.pop(kind, 0.0)
             for kind in (*KINDS, "poll", "DMA_BUF_IOCTL_SYNC")]
    clock = found.pop("clock", 0.0)
    found.pop("elsewhere", None)
    other = sum(found.values())
    return [sum(known) + other, *known, other, clock]
