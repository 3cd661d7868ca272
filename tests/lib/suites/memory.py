# SPDX-License-Identifier: MIT
"""Little memory and few descriptors: all of a stream is decoded by the hardware, or all of it by
software; nothing is lost in between. (What memory is taken where there is enough: suite cost.)"""

import os

import ffmpeg
import needs
import tools
from results import Case, Failure
from suites import helpers

SUITE = "quick"

SIZE, FRAMES = "176x144", 60

#: FFmpeg's codec name -> (suffix, encoder options): streams that use the references that a picture
#: of that size has, in both directions.
CLIPS = {
    "h264": (".264", ["-c:v", "libx264", "-x264-params",
                      "keyint=24:bframes=3:b-pyramid=normal:ref=6:threads=1"]),
    "hevc": (".265", ["-c:v", "libx265", "-x265-params",
                      "keyint=24:bframes=4:b-pyramid=1:ref=5:open-gop=1:pools=none:"
                      "frame-threads=1:log-level=none"]),
    "mpeg2video": (".m2v", ["-c:v", "mpeg2video", "-g", "12", "-bf", "2"]),
    "vp8": (".ivf", ["-c:v", "libvpx", "-g", "24", "-auto-alt-ref", "1", "-lag-in-frames", "16",
                     "-arnr-maxframes", "5", "-b:v", "200k"]),
    "vp9": (".ivf", ["-c:v", "libvpx-vp9", "-g", "24", "-lag-in-frames", "16", "-b:v", "200k"]),
    "av1": (".ivf", ["-c:v", "libaom-av1", "-g", "24", "-cpu-used", "8", "-b:v", "200k"]),
}

#: Descriptors that FFmpeg needs itself, and so many more are enough for any stream.
LEAST_FILES, MOST_FILES = 20, 64


def clip(codec):
    """Makes the clip of CLIPS; returns its path."""
    directory = tools.build_root() / "memory"
    directory.mkdir(parents=True, exist_ok=True)
    suffix, options = CLIPS[codec]
    path = directory / f"{codec}{suffix}"
    if not path.exists():
        partial = path.with_name(f"partial-{os.getpid()}-{path.name}")
        helpers.succeed([*ffmpeg.FFMPEG, "-v", "error", "-f", "lavfi", "-i",
                         f"testsrc2=size={SIZE}:rate=25", "-frames:v", str(FRAMES), "-pix_fmt",
                         "yuv420p", "-threads", "1", *options, partial])
        os.replace(partial, path)
    return path


def _whole(path, run, what):
    """Whether the hardware did it; Failure where anything is missing or wrong."""
    truth = ffmpeg.software(path).hashes
    jobs = run.report.jobs
    if run.report.faults or run.report.missing or run.report.corrupt:
        raise Failure(f"{what}: {[*run.report.faults, *run.report.missing][:1]}")
    if jobs and jobs < len(truth):
        raise Failure(f"{what}: given up in the middle, after {jobs} of {len(truth)} pictures")
    # FFmpeg's own AV1 decoder has no software.
    if run.hashes == truth or (ffmpeg.probe(path).codec == "av1" and not jobs and not run.hashes):
        return jobs > 0
    raise Failure(f"{what}: {len(run.hashes)} of {len(truth)} frames, jobs: {jobs}\n"
                  f"{run.log[-1500:]}")


def _pictures(codec, client, personality="hantro", **options):
    """Memory for one picture, two and so on, until there is enough."""

    def run():
        path = clip(codec)
        free = needs.run(path, client, personality, **options)
        if not _whole(path, free, "enough memory"):
            raise Failure("the hardware was not used")
        least = 0
        for pictures in range(1, free.report.pictures + 1):
            little = needs.run(path, client, personality, pictures=pictures, **options)
            if client == "gstreamer" and not little.report.jobs and not little.hashes:
                continue  # it has no way back to software from a context that it did not get
            if _whole(path, little, f"memory for {pictures} pictures"):
                least = least or pictures
            elif least:
                raise Failure(f"memory for {least} pictures is enough, for {pictures} is not")
            elif "no memory for" not in little.log:
                raise Failure(f"memory for {pictures} pictures: no reason in the log")
        if least == 1 or least > free.surfaces:
            raise Failure(f"on the hardware from {least} pictures on; the client uses "
                          f"{free.surfaces} surfaces")
        return f"on the hardware from {least} pictures on, of {free.surfaces} surfaces in use"

    label = f"{personality}/{codec}{''.join(f'-{name}' for name in options)}"
    return Case(f"{label}/{client}/pictures", run)


def _files(codec):
    """Descriptors for FFmpeg, and then one more at a time."""

    def run():
        path, least = clip(codec), 0
        for files in range(LEAST_FILES, MOST_FILES + 1, 2):
            if _whole(path, needs.run(path, files=files), f"{files} descriptors"):
                least = least or files
            elif least:
                raise Failure(f"{least} descriptors are enough, {files} are not")
        if least in (0, LEAST_FILES):
            raise Failure(f"on the hardware from {least} descriptors on")
        return f"on the hardware from {least} descriptors on"

    return Case(f"hantro/{codec}/descriptors", run)


def cases():
    listed = [helpers.build_case("")]
    listed += [_pictures(codec, "ffmpeg") for codec in CLIPS]
    listed += [_pictures("h264", "ffmpeg", personality) for personality in ("cedrus", "mtk")]
    listed += [_pictures(codec, "ffmpeg", own_memory=True) for codec in ("h264", "mpeg2video")]
    listed += [_pictures("hevc", "ffmpeg", threads=4)]
    listed += [_pictures(codec, "gstreamer") for codec in CLIPS]
    return listed + [_files("h264"), _files("hevc")]
