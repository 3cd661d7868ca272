# SPDX-License-Identifier: MIT
"""What `meson install` leaves behind, and that the driver works from there, silently."""

import os
import re
import tempfile
from pathlib import Path

import devices
import ffmpeg
import make
import recipes
import tools
from results import Case, Failure
from suites import hardening, helpers

DRIVER = "v4l2_request_drv_video.so"
#: DRM drivers of boards with a stateless decoder, as the kernel's sources spell them.
ALIASES = {"rockchip", "panfrost", "panthor", "lima", "sun4i-drm", "mediatek", "imx-drm",
           "imx-lcdif", "imx-dcss", "mxsfb-drm", "etnaviv", "v3d", "vc4", "stm", "atmel-hlcdc",
           "tegra"}


def _install(target):
    made = helpers.must_build("gcc")
    helpers.succeed(["meson", "install", "-C", made.path, "--no-rebuild", "--destdir", target])
    return made, sorted(path for path in Path(target).rglob("*") if not path.is_dir())


def _driver_in(files):
    drivers = [path for path in files if path.name == DRIVER]
    if len(drivers) != 1:
        raise Failure(f"installed: {[str(path) for path in files]}")
    return drivers[0]


def files():
    with tempfile.TemporaryDirectory() as target:
        _, found = _install(target)
        driver = _driver_in(found)
        links = {path for path in found if path.is_symlink()}
        if set(found) - links != {driver}:
            raise Failure(f"installed more than the driver: {[path.name for path in found]}")
        if any(path.parent / os.readlink(path) != driver for path in links):
            raise Failure(f"links: {[(path.name, os.readlink(path)) for path in links]}")
        if {path.name.removesuffix("_drv_video.so") for path in links} != ALIASES:
            raise Failure(f"links: {sorted(path.name for path in links)}")
        wanted = tools.run(["pkg-config", "--variable=driverdir", "libva"]).stdout.decode().strip()
        if f"/{driver.relative_to(target).parent}" != wanted:
            raise Failure(f"{driver.relative_to(target)} is not in libva's {wanted}")


def exports():
    with tempfile.TemporaryDirectory() as target:
        driver = _driver_in(_install(target)[1])
        done = helpers.succeed(["nm", "-D", "--defined-only", driver])
        names = [line.split()[-1] for line in done.stdout.decode().splitlines()]
        if len(names) != 1 or not re.fullmatch(r"__vaDriverInit_\d+_\d+", names[0]):
            raise Failure(f"exported: {names}")
        libraries = set(re.findall(r"NEEDED.*\[(.*)\]", helpers.succeed(
            ["readelf", "-d", driver]).stdout.decode()))
        strange = {name for name in libraries
                   if not re.match(r"(libc|libva|libdrm|libpthread|libm|ld-linux.*)\.so", name)}
        if strange:
            raise Failure(f"depends on {sorted(strange)}")


def _checked(check):
    def run():
        with tempfile.TemporaryDirectory() as target:
            check(_driver_in(_install(target)[1]))

    return run


def silent():
    with tempfile.TemporaryDirectory() as target:
        made, found = _install(target)
        driver = _driver_in(found)
        device = devices.Device("hantro", driver.parent, made.virtdec)
        for name in ("h264_cabac_pyramid.264", "mpeg2_b2.m2v"):
            path = make.make(recipes.CLIPS[name])
            command = ffmpeg.hardware_command(path, device.render_node, ["-f", "null", "-"])
            command[command.index("-v") + 1] = "quiet"
            done = helpers.succeed(command, env=device.env())
            if done.stdout or done.stderr:
                raise Failure(f"printed: {done.stdout!r} {done.stderr!r}")


def profiles():
    with tempfile.TemporaryDirectory() as target:
        made, found = _install(target)
        device = devices.Device("hantro", _driver_in(found).parent, made.virtdec)
        done = helpers.succeed(["vainfo", "--display", "drm", "--device", device.render_node],
                               env=device.env())
        offered = set(re.findall(r"(VAProfile\w+)\s*:\s*VAEntrypointVLD", done.stdout.decode()))
        # Whatever kernel headers the build had.
        wanted = {"VAProfileMPEG2Simple", "VAProfileMPEG2Main", "VAProfileH264ConstrainedBaseline",
                  "VAProfileH264Main", "VAProfileH264High", "VAProfileHEVCMain",
                  "VAProfileHEVCMain10", "VAProfileVP8Version0_3", "VAProfileVP9Profile0",
                  "VAProfileAV1Profile0"}
        if not wanted <= offered:
            raise Failure(f"vainfo lists {sorted(offered)}")


def found_by_display():
    """Without a variable that names it, libva finds the driver by the name of the display's."""
    with tempfile.TemporaryDirectory() as target:
        made, found = _install(target)
        device = devices.Device("hantro", _driver_in(found).parent, made.virtdec)
        for name in sorted(ALIASES):
            done = helpers.succeed(["env", "-u", "LIBVA_DRIVER_NAME", "vainfo", "--display", "drm",
                                    "--device", device.render_node],
                                   env={**device.env(), "VIRTDEC_DRM_DRIVER": name})
            if "v4l2-stateless" not in done.stdout.decode():
                raise Failure(f"{name}: {done.stdout.decode()[-500:]}")


def cases():
    return [helpers.build_case("gcc"), Case("files", files), Case("exports", exports),
            Case("linked-hardened", _checked(hardening.linked)),
            Case("compiled-hardened", _checked(hardening.compiled)),
            Case("descriptors-close-on-exec", hardening.source),
            Case("silent-decode", silent), Case("vainfo", profiles),
            Case("found-by-display", found_by_display)]
