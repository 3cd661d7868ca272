#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the self-made clips: `make.py [NAME...]` prints the path of each.

A clip is made once: its file name carries a digest of the recipe and of FFmpeg's version, so a
changed recipe makes a new file and an unchanged one costs nothing. FFmpeg makes most of them; what
its encoders cannot do kvazaar does, which runs out of the Debian 13 tree of tests/kernel/build-root.
"""

import functools
import hashlib
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "lib"),
                str(Path(__file__).resolve().parent)]

import av1_edits  # noqa: E402
import debian13  # noqa: E402
import h264_edits  # noqa: E402
import hevc_edits  # noqa: E402
import nal_units  # noqa: E402
import tools  # noqa: E402
from recipes import CLIPS  # noqa: E402


def directory():
    """Where the clips are kept: TEST_CLIPS or `clips` in the build directory."""
    return Path(os.environ.get("TEST_CLIPS", tools.build_root() / "clips")).resolve()


@functools.lru_cache(maxsize=None)
def _encoder_version():
    return tools.run(["ffmpeg", "-hide_banner", "-version"]).stdout


#: Codec -> the module with the functions that a Clip's `edit` names.
_EDITS = {"av1": av1_edits, "h264": h264_edits, "hevc": hevc_edits}


@functools.lru_cache(maxsize=None)
def _edits(codec):
    digest = hashlib.sha256()
    for module in (_EDITS[codec], nal_units):
        digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()


def _command(clip, target):
    return ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", clip.source,
            "-frames:v", str(clip.frames), "-threads", "1", "-flags", "+bitexact", "-fflags",
            "+bitexact", *clip.options, target]


def _encode(clip, target):
    """Writes the stream of a clip without parts to `target`."""
    if not clip.size:
        return tools.run(_merge_flags(_command(clip, target)))
    with tempfile.TemporaryDirectory() as work:
        raw = Path(work) / "source.yuv"
        done = tools.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", clip.source,
                          "-frames:v", str(clip.frames), "-pix_fmt", "yuv420p", "-f", "rawvideo",
                          raw])
        if done.ending():
            return done
        width, height = clip.size
        return tools.run([*debian13.command("kvazaar"), "-i", raw, "--input-res",
                          f"{width}x{height}", "--threads", "0", *clip.options, "-o", target])


def _merge_flags(command):
    # FFmpeg keeps the last -flags only; a recipe's must not lose bitexact.
    return ["+bitexact" + value if before == "-flags" and value != "+bitexact" else value
            for before, value in zip([None, *command], command)]


def _digest(clip):
    digest = hashlib.sha256(_encoder_version())
    for name in clip.parts:
        digest.update(_digest(CLIPS[name]).encode())
    digest.update(repr((clip.source, clip.options, clip.parts, clip.frames)
                       + ((clip.edit, _edits(clip.codec)) if clip.edit else ())
                       + (("kvazaar", clip.size) if clip.size else ())).encode())
    return digest.hexdigest()[:10]


def path_of(clip):
    """Where `clip` is, or will be."""
    name = Path(clip.name)
    return directory() / f"{name.stem}-{_digest(clip)}{name.suffix}"


def make(clip):
    """Makes `clip` when it is missing; returns its path; RuntimeError says why it cannot."""
    target = path_of(clip)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # The same clip may be wanted by two threads: each writes its own file, renaming is atomic.
    partial = target.with_name(f".{os.getpid()}-{id(clip)}-{os.urandom(4).hex()}{target.suffix}")
    try:
        if clip.parts:
            partial.write_bytes(b"".join(make(CLIPS[name]).read_bytes() for name in clip.parts))
        else:
            done = _encode(clip, partial)
            if done.ending() or not partial.stat().st_size:
                raise RuntimeError(f"{clip.name}: {done.ending() or 'empty'}: "
                                   f"{done.stderr.strip()[-300:]}")
        if clip.edit:
            partial.write_bytes(getattr(_EDITS[clip.codec], clip.edit)(partial))
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def make_all(clips, workers=2):
    """Makes several clips, two at a time; yields (clip, path or the RuntimeError)."""

    def attempt(clip):
        try:
            return clip, make(clip)
        except RuntimeError as error:
            return clip, error

    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(attempt, clips)


def main(names):
    unknown = [name for name in names if name not in CLIPS]
    if unknown:
        sys.exit(f"make.py: no such clip: {', '.join(unknown)}")
    failed = False
    for clip, result in make_all([CLIPS[name] for name in names or CLIPS]):
        if isinstance(result, RuntimeError):
            print(result, file=sys.stderr)
            failed = True
        else:
            print(result)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
