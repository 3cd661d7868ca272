# SPDX-License-Identifier: MIT
"""Decodes under valgrind, part of the suite `sanitize`: errors and leaks, and that nothing but a
failure of the driver, or of valgrind, is told as one."""

import contextlib
import os
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import make
import recipes
import tools
import valgrind
from results import Case, Failure, Skip
from suites import faults, helpers, virtdec

#: What is decoded under valgrind -> the personality: other sizes in between, slices and fields, a
#: request for each slice, frames that are kept back and sent again.
CLIPS = {
    "h264_changes_size.264": "hantro",
    "h264_mbaff_slices_cqm.264": "hantro",
    "h264_slice_max_size.264": "cedrus",
    "mpeg2_b2.m2v": "hantro",
    "mpeg2_interlaced_tff.m2v": "cedrus",
    "mpeg2_changes_size.m2v": "hantro",
    "hevc_slices_wavefront.hevc": "cedrus",
    "vp8_golden_altref.ivf": "hantro",
    "vp9_hidden_frames.ivf": "hantro",
    "av1_hidden_frames.ivf": "hantro",
}

#: Exit status of tests/valgrind/without_rdtscp where it cannot do that.
CANNOT = 77


def _under_valgrind(name, wrapper=(), preload=()):
    """Plays `name` under valgrind with nothing of libavcodec in the process; returns Finished and the
    Build. `wrapper` is run around valgrind, `preload` is loaded besides."""
    made, personality = helpers.must_build(), CLIPS[name]
    path = make.make(recipes.CLIPS[name])
    recording, truth = faults.record(path, path.stem, personality, coded=True)
    env = virtdec.device(personality).env()
    env["LD_PRELOAD"] = ":".join([env["LD_PRELOAD"], *map(str, preload)])
    memcheck = valgrind.command(
        "memcheck", "-v", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible",
        "--errors-for-leak-kinds=definite", "--keep-debuginfo=yes", "--num-callers=30",
        "--error-limit=no")
    done = tools.run([*wrapper, *_serve(*memcheck),
                      made.path / "tests" / "valgrind" / "play", recording, truth], env=env,
                     limit=600)
    return done, made


def _clip_case(name):
    """A Case that decodes `name` under valgrind and wants every picture right, no error and no
    leak."""

    def run():
        done, made = _under_valgrind(name)
        valgrind.check_memory(done, made)
        return done.stdout.decode().strip()

    return Case(f"valgrind/{name}", run)


def _without_rdtscp():
    """The wrapper that takes the instruction rdtscp out of what valgrind sees of the processor."""
    wrapper = helpers.must_build().path / "tests" / "valgrind" / "without_rdtscp"
    if not wrapper.exists():
        raise Skip("the processor is no x86")
    if tools.run([wrapper, "true"]).status == CANNOT:
        raise Skip("the processor cannot make CPUID fault")
    return [wrapper]


def _on_lesser_processor():
    """Nothing that is in the process needs an instruction that many virtual machines do not have."""
    done, made = _under_valgrind("mpeg2_b2.m2v", _without_rdtscp())
    valgrind.check_memory(done, made)
    return done.stdout.decode().strip()


def _refused_instruction():
    """Where something does need it, that is called valgrind's failure."""
    library = helpers.must_build().path / "tests" / "valgrind" / "librdtscp.so"
    done, _ = _under_valgrind("mpeg2_b2.m2v", _without_rdtscp(), [library])
    told = valgrind.ending(done)
    if not told or "valgrind could not run the program" not in told or "rdtscp" not in told:
        raise Failure(f"wanted a failure of valgrind, got: {told}\n{done.stderr[-2000:]}")
    return told.split("\n")[0]


def _whose_failure():
    """How the ends of programs are told apart, and what may be loaded."""
    refused = "==7== valgrind: Unrecognised instruction at address 0x1.\n==7==    at 0x1: f (in /l.so)\n"
    died = "==7== Process terminating with default action of signal {0}\n==7==  at 0x1: f (driver.so)\n"
    for status, log, wanted in (
            (-4, refused + died.format("4 (SIGILL)"), "valgrind could not run the program: ==7== "
             "valgrind: Unrecognised instruction at address 0x1.\n==7==    at 0x1: f (in /l.so)"),
            (1, "valgrind: failed to start tool 'memcheck' for platform 'amd64-linux': No such file",
             "valgrind could not run the program: valgrind: failed to start"),
            (-11, died.format("11 (SIGSEGV)"), "the program died under valgrind: ==7== Process "
             "terminating with default action of signal 11 (SIGSEGV)\n==7==  at 0x1: f (driver.so)"),
            (1, "==7== ERROR SUMMARY: 0 errors from 0 contexts\n", "exit status 1"),
            (0, "==7== ERROR SUMMARY: 0 errors from 0 contexts\n", None)):
        told = valgrind.ending(tools.Finished(status, b"", log))
        if told != wanted and not (wanted and told and told.startswith(wanted)):
            raise Failure(f"{log!r} is told as {told!r}")
    for log in ("", "==7== ERROR SUMMARY: 1 errors from 1 contexts\n",
                "--7-- Reading syms from /usr/lib/libavcodec.so.59.37.100\n"
                "==7== ERROR SUMMARY: 0 errors from 0 contexts\n"):
        try:
            valgrind.check_memory(tools.Finished(0, b"", log), helpers.must_build())
        except Failure:
            continue
        raise Failure(f"nothing is wrong with {log!r}")


def _play(env):
    """Plays a clip with `env`; returns Finished."""
    path = make.make(recipes.CLIPS["mpeg2_b2.m2v"])
    files = faults.record(path, path.stem, "hantro", coded=True)
    return tools.run([helpers.must_build().path / "tests" / "valgrind" / "play", *files],
                     env={**virtdec.device("hantro").env(), **env})


@contextlib.contextmanager
def _forgetful_server(answers):
    """A decoding server that says yes so many times and hangs up; gives its name."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("")
        listening.listen()

        def serve():
            connection, _ = listening.accept()
            listening.close()
            with connection:
                for _ in range(answers):
                    operation = connection.recv(8, socket.MSG_WAITALL)
                    connection.recv(struct.unpack("=II", operation)[1], socket.MSG_WAITALL)
                    connection.sendall(struct.pack("=5I", 1, 0, 0, 0, 0))

        name = listening.getsockname()[1:].decode()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield name
        thread.join(10)


def _lost_server():
    """Without the process that decodes no picture is right, and the client ends."""
    with contextlib.ExitStack() as stack:
        for name in ["nobody", *(stack.enter_context(_forgetful_server(n)) for n in (0, 1, 9))]:
            done = _play({"VIRTDEC_DECODER": name})
            if done.crashed() or not done.status or not done.stdout.startswith(b"0 of 30"):
                raise Failure(f"{done.ending()}: {done.stdout.decode()}{done.stderr[-2000:]}")


def _serve(*command):
    return [helpers.must_build().path / "tests" / "virtdec" / "virtdec_serve", *command]


def _ends_together():
    """The server ends as its command does, and the command does not outlive it."""
    for command, status in (("exit 3", 3), ("kill -SEGV $$", -signal.SIGSEGV)):
        done = tools.run(_serve("sh", "-c", command))
        if done.status != status:
            raise Failure(f"sh -c '{command}': {done.ending()}")
    with subprocess.Popen(list(map(str, _serve("sleep", "60")))) as server:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        end = time.monotonic() + 10
        while not children.read_text(encoding="ascii") and time.monotonic() < end:
            time.sleep(0.01)
        command = int(children.read_text(encoding="ascii"))
        server.kill()
    while Path(f"/proc/{command}").exists() and not _is_zombie(command):
        if time.monotonic() > end:
            os.kill(command, signal.SIGKILL)
            raise Failure("the command goes on without its server")
        time.sleep(0.01)


def _is_zombie(pid):
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return True


def cases():
    return [*map(_clip_case, CLIPS),
            Case("valgrind/whose-failure", _whose_failure),
            Case("valgrind/refused-instruction", _refused_instruction),
            Case("valgrind/lesser-processor", _on_lesser_processor),
            Case("valgrind/lost-server", _lost_server),
            Case("valgrind/ends-together", _ends_together)]
