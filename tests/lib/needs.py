# SPDX-License-Identifier: MIT
"""What memory a client's decode of a stream needs, and what it does with less."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import devices
import ffmpeg
import gstreamer
import tools
from suites import helpers


@dataclass
class Run:
    """A decode: the frames' MD5s, the Report of the device, and how many of the client's surfaces
    needed memory at once."""

    hashes: list
    report: devices.Report
    surfaces: int
    log: str


def _ffmpeg_command(path, render_node, threads):
    """FFmpeg as most people run it: it takes the hardware if it can, else software."""
    info = ffmpeg.probe(path)
    return [*ffmpeg.FFMPEG, "-v", "verbose", "-init_hw_device", f"vaapi=va:{render_node}",
            "-threads", str(threads), "-hwaccel", "vaapi", "-hwaccel_device", "va",
            *(["-c:v", "av1"] if info.codec == "av1" else []), "-noautorotate", "-i", path, "-map",
            "0:v:0", "-an", "-sn", "-dn", "-autoscale", "0", "-fps_mode", "passthrough", "-vf",
            f"format={info.pix_fmt}", "-f", "framemd5", "pipe:1"]


def _ffmpeg(path, render_node, env, threads, files):
    command = _ffmpeg_command(path, render_node, threads)
    if files:
        command = ["sh", "-c", f"ulimit -n {files} && exec \"$@\"", "sh", *command]
    done = tools.run(command, env=env)
    lines = [line for line in done.stdout.decode("ascii", "replace").splitlines()
             if line[:1].isdigit()]
    return [line.rsplit(",", 1)[1].strip() for line in lines], done.stderr


def _gstreamer(path, render_node, env):
    decoded = gstreamer.hardware(path, render_node, env, ffmpeg.software(path))
    return decoded.hashes, decoded.log


def run(path, client="ffmpeg", personality="hantro", *, pictures=0, files=0, threads=1,
        own_memory=False, pixels=True):
    """Decodes `path`; returns a Run. `pictures`: that the device has memory for, `files`:
    descriptors that the client may have (FFmpeg only), 0: as many as wanted. `own_memory`: of the
    queue. `pixels` False: only memory is of interest."""
    made = helpers.must_build()
    device = devices.Device(personality, made.driver_dir, made.virtdec)
    record = devices.record_file()
    with tempfile.TemporaryDirectory() as scratch:
        surfaces = Path(scratch) / "surfaces"
        env = device.env(record, [made.path / "tests" / "cost" / "libva_surfaces.so"])
        env.update({"VA_SURFACES": str(surfaces), "LIBVA_MESSAGING_LEVEL": "2",
                    "VIRTDEC_DMABUF": "0" if own_memory else "1"})
        if pictures:
            env["VIRTDEC_PICTURES"] = str(pictures)
        if not pixels:
            env["VIRTDEC_PIXELS"] = "none"
        try:
            if client == "ffmpeg":
                hashes, log = _ffmpeg(path, device.render_node, env, threads, files)
            else:
                hashes, log = _gstreamer(path, device.render_node, env)
            counted = [int(line.split()[1]) for line in surfaces.read_text().splitlines()] \
                if surfaces.exists() else []
            return Run(hashes, device.read_record(record), max(counted, default=0), log)
        finally:
            record.unlink(missing_ok=True)
