# SPDX-License-Identifier: MIT
"""Decodes a clip of each codec with ffmpeg through the installed driver and compares every frame with
software decoding; exit status 1 on any difference. No variable tells libva which driver to load.

    NAME: codec WxH N/N frames identical
    NAME: differs at frame K ...
    NAME: not offered by the device
"""

import argparse
import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import comparison  # noqa: E402
import devices  # noqa: E402
import tools  # noqa: E402

#: Clip -> the VA profile that a device has to list to decode it.
CLIPS = {"mpeg2.m2v": "VAProfileMPEG2Main", "h264.264": "VAProfileH264High",
         "hevc.265": "VAProfileHEVCMain", "hevc10.265": "VAProfileHEVCMain10",
         "vp8.ivf": "VAProfileVP8Version0_3", "vp9.ivf": "VAProfileVP9Profile0",
         "av1.ivf": "VAProfileAV1Profile0"}
VENDOR = "v4l2-stateless"


class Installed(devices.Device):
    """A device on which libva finds the installed driver by the name of the display's DRM driver."""

    def __init__(self, name, virtdec, render_node, display):
        super().__init__(name, "", virtdec, render_node)
        self.display = display

    def env(self, record=None, preload=()):
        env = super().env(record, preload)
        del env["LIBVA_DRIVERS_PATH"], env["LIBVA_DRIVER_NAME"]
        if self.virtual:
            env["VIRTDEC_DRM_DRIVER"] = self.display
        return env


def vainfo(device):
    """The profiles that vainfo lists for decoding, None where libva has no such driver for it."""
    done = tools.run(["vainfo", "--display", "drm", "--device", device.render_node],
                     env=device.env(), limit=20)
    said = done.stdout.decode("utf-8", "replace")
    if VENDOR not in said:
        return None
    return set(re.findall(r"(VAProfile\w+)\s*:\s*VAEntrypointVLD", said))


def open_device(arguments):
    """The Device to test and its profiles."""
    if arguments.virtual:
        nodes = ["/dev/dri/renderD128"]
    else:
        nodes = arguments.device and [arguments.device] or sorted(
            map(str, [*Path("/dev/dri").glob("renderD*"), *Path("/dev/dri").glob("card*")]),
            key=lambda node: ("card" in node, node))
    for node in nodes:
        device = Installed(arguments.virtual or "real",
                           arguments.virtdec if arguments.virtual else None, node,
                           arguments.display)
        profiles = vainfo(device)
        if profiles is not None:
            return device, profiles
    sys.exit(f"no driver {VENDOR} at {', '.join(nodes) or '/dev/dri, which is empty'}; "
             "vainfo --display drm --device NODE says why")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="v4l2-stateless-check", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path,
                        help="compare these instead of the clips that come with the program")
    parser.add_argument("--device", metavar="NODE", help="the DRM node (default: the first that works)")
    parser.add_argument("--virtual", metavar="PERSONALITY", nargs="?", const="hantro",
                        choices=list(devices.PERSONALITIES),
                        help="the virtual decoder instead of this machine's: "
                             f"{', '.join(devices.PERSONALITIES)} (default: hantro)")
    parser.add_argument("--display", metavar="NAME", default="rockchip",
                        help="DRM driver of the virtual decoder's display (default: rockchip)")
    parser.add_argument("--virtdec", type=Path, metavar="FILE", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    # What was set for this shell would say which driver to load.
    for name in ("LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH"):
        os.environ.pop(name, None)
    device, profiles = open_device(arguments)
    print(f"{device.label()} at {device.render_node}: {', '.join(sorted(profiles)) or 'no profile'}")
    compared, status = 0, 0
    for path in arguments.files or [HERE / "clips" / name for name in CLIPS]:
        if not arguments.files and CLIPS[path.name] not in profiles:
            print(f"{path.name}: not offered by the device")
            continue
        result = comparison.compare(path, device)
        print(f"{path.name}: {result.text}", flush=True)
        compared += 1
        status |= result.outcome != comparison.IDENTICAL
    if not compared:
        print("nothing was compared")
    return status if compared else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FileNotFoundError as missing:
        sys.exit(f"v4l2-stateless-check: there is no {missing.filename} here")
