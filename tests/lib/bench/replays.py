# SPDX-License-Identifier: MIT
"""Runs tests/cost's replay over the virtual decoder and reads what it counted."""

from dataclasses import dataclass

import devices
import tools
import valgrind
from bench import streams
from results import Failure
from suites import helpers

#: The counters that are system calls.
CALLS = ("s_ext_ctrls", "qbuf", "dqbuf", "request_queue", "request_reinit", "other_ioctl", "poll",
         "mmap", "munmap", "open", "close", "fcntl")


@dataclass(frozen=True)
class Run:
    """What one replay printed: its counters over the steady state, and the other lines."""

    values: dict
    lines: list

    def __getitem__(self, name):
        return self.values[name]

    def per_picture(self, name):
        return self.values[name] / self.values["pictures"]

    @property
    def calls_per_picture(self):
        return sum(self.per_picture(name) for name in CALLS)

    @property
    def copies(self):
        """Bytes copied for each byte of slice data."""
        return self.values["copied"] / self.values["bytes"]

    @property
    def rate(self):
        """Pictures a second."""
        return self.values["pictures"] / self.values["seconds"]


def program():
    """The path of replay."""
    return helpers.must_build().path / "tests" / "cost" / "replay"


def environment(personality, counted=True, latency_us=None, decode=False, **more):
    """The environment of a replay: with the counting driver or the one that users get, and with a
    decoder that only keeps time unless it is to `decode`."""
    made = helpers.must_build()
    driver = made.path / "tests" / "cost" if counted else made.driver_dir
    env = devices.Device(personality, driver, made.virtdec).env()
    env.update({"LIBVA_MESSAGING_LEVEL": "0", **more})
    if not decode:
        env["VIRTDEC_PIXELS"] = "none"
    if latency_us is not None:
        env["VIRTDEC_LATENCY_US"] = str(latency_us)
    return env


def parse(text):
    """Run from what replay printed."""
    values, lines = {}, []
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        try:
            values[name] = float(value)
        except ValueError:
            lines.append(line)
    return Run(values, lines)


def replay(stream, mode="count", personality=None, wrapper=(), options=(), **kwargs):
    """Replays the recording of `stream`; `options` are NAME=NUMBER of replay, `kwargs` those of
    environment(), `wrapper` a command that runs it. Returns a Run; Failure when it fails."""
    personality = personality or stream.personality
    record = streams.recording(stream, personality)
    done = tools.run([*wrapper, program(), record, *options, mode],
                     env=environment(personality, **kwargs), limit=300)
    text = done.stdout.decode("utf-8", "replace")
    problem = valgrind.ending(done)
    if problem:
        raise Failure(f"{stream.name}: {problem}\n{text[-1000:]}{done.stderr[-2000:]}")
    return parse(text)
