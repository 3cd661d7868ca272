# SPDX-License-Identifier: MIT
"""The devices that the driver is tested on: the virtual decoder's personalities, or a real one.

A Device gives the environment in which an unmodified VA-API client uses the driver, and afterwards
what the device itself says it did, so that nobody has to take the client's word for it.
"""

import glob
import os
import re
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import tools


@dataclass(frozen=True)
class Abilities:
    """What a device decodes: FFmpeg's names of the codecs, those among them that may have 10 bits,
    the least coded width and height in samples, whether it puts film grain on, whether pictures
    may change size while earlier ones stay references, whether H.264 may have field pictures, and
    whether it may be 4:0:0.

    `imitates` names the personality of the virtual decoder where that has another name, `settings`
    are its environment variables."""

    codecs: frozenset
    ten_bit: frozenset
    least: int
    film_grain: bool = False
    resizing: bool = False
    fields: bool = True
    monochrome: bool = True
    imitates: str = ""
    settings: tuple = ()


_HANTRO = Abilities(frozenset({"h264", "mpeg2video", "vp8", "vp9", "hevc", "av1"}),
                    frozenset({"hevc", "av1"}), 48, film_grain=True, resizing=True)

#: Personalities of the virtual decoder. Written down here a second time and not asked of the
#: driver: a driver that offers too little must not make its own tests easier.
PERSONALITIES = {
    "hantro": _HANTRO,
    "cedrus": Abilities(frozenset({"h264", "mpeg2video", "vp8", "hevc"}), frozenset(), 16,
                        monochrome=False),
    # In tiles; its pictures of 10 bits in such as the driver does not read.
    "mtk": Abilities(frozenset({"h264", "vp8", "vp9", "hevc", "av1"}), frozenset(), 64,
                     resizing=True, fields=False),
    # High 10, too, but this machine's clients do not know libva's number for it: suites/fillings.
    "rkvdec": Abilities(frozenset({"h264", "vp9", "hevc"}), frozenset({"vp9", "hevc"}), 48),
}
#: Devices like others but for where samples lie in memory: in tiles of another shape, in columns,
#: and in two buffers, which is how no kernel driver has them.
LAYOUTS = {
    "cedrus-a20": Abilities(frozenset({"h264", "mpeg2video", "vp8"}), frozenset(), 16,
                            monochrome=False),
    "rpi": Abilities(frozenset({"hevc"}), frozenset({"hevc"}), 32),
    "two-buffers": replace(PERSONALITIES["mtk"], imitates="mtk",
                           settings=(("VIRTDEC_CAPTURE", "NM12"),)),
}
#: Variants that no kernel driver has, for the streams that all those above are too limited for.
VARIANTS = {
    "hantro-1x1": replace(_HANTRO, least=1, imitates="hantro",
                          settings=(("VIRTDEC_MIN_SIZE", "1"),)),
}
#: HEVC's decode modes and start codes, as the driver is told to use them on a device that has
#: them all, and how many slice segments a request of that device describes.
HEVC_MODES = {
    f"hevc-{mode}-{start}-{slices}": Abilities(
        frozenset({"hevc"}), frozenset({"hevc"}), 48, imitates="hantro",
        settings=(("VIRTDEC_HEVC_SLICES", str(slices)), ("LIBVA_V4L2_REQUEST_DECODE_MODE", mode),
                  ("LIBVA_V4L2_REQUEST_START_CODE", start)))
    for mode, slices in (("frame", 600), ("frame", 2), ("slice", 1))
    for start in ("annex_b", "none")
}
#: Hardware that parses HEVC's slice headers itself and is told the sets that they name.
HEVC_SETS = {
    "hevc-sets": Abilities(frozenset({"hevc"}), frozenset({"hevc"}), 48, imitates="rkvdec",
                           settings=(("VIRTDEC_HEVC_SETS", "1"),)),
}
#: Devices that need more CAPTURE buffers than they are asked for, as none of the kernel's does; with
#: surfaces' own memory and with the queue's.
GENEROUS = {
    f"hantro-least-buffers-{memory}": replace(
        _HANTRO, imitates="hantro", settings=(("VIRTDEC_LEAST_BUFFERS", str(least)),
                                              ("VIRTDEC_DMABUF", str(int(memory == "import")))))
    for memory, least in (("import", 5), ("own", 40))
}
ABILITIES = {**PERSONALITIES, **LAYOUTS, **VARIANTS, **HEVC_MODES, **HEVC_SETS, **GENEROUS}
DEFAULT_PERSONALITY = "hantro"
DRIVER_NAME = "v4l2_request"


@dataclass
class Report:
    """What a device did in one run: `jobs` decoded (a field of a pair, and on slice-based devices
    a slice, is a job of its own), `corrupt` of them, `faults` it found in what the driver sent,
    `missing` references and parts of pictures. `pictures`: the most that there was memory for at
    once."""

    jobs: int = 0
    corrupt: int = 0
    faults: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    pictures: int = 0


class Device:
    """One device; `name` is one of ABILITIES or `real`, `driver_dir` holds the driver."""

    def __init__(self, name, driver_dir, virtdec=None, render_node="/dev/dri/renderD128"):
        self.name = name
        self.driver_dir = Path(driver_dir)
        self.virtdec = virtdec
        self.render_node = render_node

    @property
    def virtual(self):
        return self.virtdec is not None

    def label(self):
        """How a person would name the device."""
        return "virtual decoder" if self.virtual else "hardware decoder"

    @property
    def crash_reporter(self):
        """A library that, preloaded, prints the stack of a client that dies; None without one."""
        return self.virtdec and Path(self.virtdec).with_name("libvirtdec_crash.so")

    def env(self, record=None, preload=()):
        """The client's environment. The device's own account goes to the file `record`; libraries
        in `preload` come before all others (sanitizers must)."""
        env = {"LIBVA_DRIVERS_PATH": str(self.driver_dir), "LIBVA_DRIVER_NAME": DRIVER_NAME,
               "LD_PRELOAD": ":".join(map(str, preload))}
        if self.virtual:
            env["LD_PRELOAD"] = ":".join([*map(str, preload), str(self.virtdec)])
            can = ABILITIES[self.name]
            env["VIRTDEC_PERSONALITY"] = can.imitates or self.name
            env.update(can.settings)
            if record:
                env["VIRTDEC_REPORT"] = str(record)
        elif record:
            env["LIBVA_V4L2_REQUEST_TRACE"] = str(record)
        return env

    def read_record(self, record):
        """The Report in the file that env() named."""
        try:
            text = Path(record).read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        return _read_virtual(text) if self.virtual else _read_trace(text)


def _read_virtual(text):
    report = Report()
    for line in text.splitlines():
        if re.match(r"job \d+ ", line):
            report.jobs += 1
            report.corrupt += "status=corrupt" in line
        elif line.startswith(("mismatch", "overwritten-reference", "unbalanced-cpu-access")):
            report.faults.append(line)
        elif line.startswith(("missing-reference", "abandoned-picture")):
            report.missing.append(line)
        elif found := re.match(r"capture-memory pictures=(\d+)", line):
            report.pictures = max(report.pictures, int(found.group(1)))
    return report


def _read_trace(text):
    # The driver's own trace: a line for each request that it sends.
    return Report(jobs=len(re.findall(r"^job \d+ ", text, re.MULTILINE)))


def record_file():
    """A new empty file for a Report; the caller removes it."""
    handle, name = tempfile.mkstemp(prefix="decoder-report-")
    os.close(handle)
    return Path(name)


def find_real(driver_dir):
    """The first render node behind which the driver finds a real stateless decoder, as a Device;
    None on a machine without one."""
    if not glob.glob("/dev/media*"):
        return None
    for node in sorted(glob.glob("/dev/dri/renderD*")):
        device = Device("real", driver_dir, render_node=node)
        done = tools.run(["vainfo", "--display", "drm", "--device", node], env=device.env(),
                         limit=20)
        if b"VAEntrypointVLD" in done.stdout:
            return device
    return None
