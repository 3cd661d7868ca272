# SPDX-License-Identifier: MIT
"""What tests/demo does once everything is installed: build, decode, compare, show."""

import os
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "clips")]

import build  # noqa: E402
import comparison  # noqa: E402
import devices  # noqa: E402
import ffmpeg  # noqa: E402
import make  # noqa: E402
import recipes  # noqa: E402
import tools  # noqa: E402

#: The difference is shown this many times stronger than it is.
AMPLIFY = 32


def say(text):
    print(f"demo: {text}", flush=True)


class Progress:
    """A line that counts frames: rewritten in place on a terminal, printed once elsewhere."""

    def __init__(self, label):
        self.label = label
        self.start = time.monotonic()
        self.frames = 0

    def __call__(self, frames):
        self.frames = frames
        if sys.stdout.isatty():
            print(f"\r  {self.label}: {frames} frames", end="", flush=True)

    def done(self, frames):
        seconds = max(time.monotonic() - self.start, 1e-6)
        end = "\r" if sys.stdout.isatty() else ""
        print(f"{end}  {self.label}: {frames} frames in {seconds:.1f} s", flush=True)


def choose_device(made):
    """The machine's own stateless decoder, or else the virtual one."""
    real = devices.find_real(made.driver_dir)
    if real:
        say(f"this machine has a stateless decoder at {real.render_node}")
        return real
    say("no stateless decoder on this machine: using the virtual decoder, as "
        f"{devices.DEFAULT_PERSONALITY}")
    return devices.Device(devices.DEFAULT_PERSONALITY, made.driver_dir, made.virtdec)


def default_clips(device):
    """The clips that the demo makes for itself: one of each codec that the device may have."""
    clips = [clip for clip in recipes.CLIPS.values() if clip.demo]
    if device.virtual:
        able = devices.PERSONALITIES[device.name].codecs
        clips = [clip for clip in clips if ffmpeg.codec_name(clip.codec) in able]
    say(f"making {len(clips)} clips")
    return [make.make(clip) for clip in clips]


def picture(path, device, index, target):
    """Writes frame `index` as software | driver | amplified difference to the PNG file `target`.
    Returns None, or why it could not."""
    select = rf"select=eq(n\,{index})"
    raw = ["-frames:v", "1", "-fps_mode", "passthrough", "-c:v", "rawvideo", "-f", "nut"]
    sides = target.with_suffix(".software.nut"), target.with_suffix(".driver.nut")
    software = [*ffmpeg.FFMPEG, "-v", "error", "-threads", "1", "-flags", "bitexact", "-i", path,
                "-map", "0:v:0", "-vf", select, *raw, sides[0]]
    driver = ffmpeg.hardware_command(path, device.render_node, [*raw, sides[1]], then=select)
    louder = f"clip(val*{AMPLIFY}\\,0\\,255)"
    graph = ("[0:v]format=gbrp,split[s][s2];[1:v]format=gbrp,split[d][d2];"
             f"[s2][d2]blend=all_mode=difference,lutrgb=r={louder}:g={louder}:b={louder}[x];"
             "[s][d][x]hstack=inputs=3,format=rgb24")
    join = [*ffmpeg.FFMPEG, "-v", "error", "-i", sides[0], "-i", sides[1], "-filter_complex", graph,
            "-frames:v", "1", target]
    try:
        for command, env in ((software, None), (driver, device.env()), (join, None)):
            done = tools.run(command, env=env)
            if done.ending():
                return f"{done.ending()}: {done.stderr.strip()[-300:]}"
        return None
    finally:
        for side in sides:
            side.unlink(missing_ok=True)


def show(path, device, pictures):
    """Compares one file, writes its picture; returns the Result."""
    say(f"{path}")
    software = Progress("software")
    truth = ffmpeg.software(path, progress=software)
    software.done(len(truth.hashes))
    driver = Progress(device.label())
    result = comparison.compare(path, device, progress=driver)
    driver.done(result.frames)
    if result.outcome != comparison.REFUSED and truth.hashes:
        index = len(truth.hashes) // 2 if result.difference is None else result.difference
        target = pictures / f"{path.stem}-frame{index}.png"
        problem = picture(path, device, index, target)
        say(f"frame {index}, software | driver | {AMPLIFY} times their difference: "
            f"{problem or target}")
    return result


def main(where, names):
    start = time.monotonic()
    say("building the driver and the virtual decoder")
    try:
        made = build.build(targets=build.DRIVER)
    except build.BuildError as error:
        say(f"the build failed: {error}")
        return 1
    say(f"built in {time.monotonic() - start:.0f} s: {os.path.relpath(made.driver)}")
    device = choose_device(made)
    files = [(Path(where) / name).resolve() for name in names]
    missing = [path for path in files if not path.is_file()]
    if missing:
        say(f"no such file: {missing[0]}")
        return 2
    files = files or default_clips(device)
    pictures = made.path / "demo"
    pictures.mkdir(exist_ok=True)
    results = [(path, show(path, device, pictures)) for path in files]
    for path, result in results:
        speed = f" ({device.label()}, {result.fps:.0f} fps)" \
            if result.outcome == comparison.IDENTICAL else ""
        say(f"{path.name}: {result.text}{speed}")
    return 0 if all(result.outcome == comparison.IDENTICAL for _, result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
