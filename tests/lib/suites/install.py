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


def names_agree():
    """The patch for libva's table and the page for board owners name what is installed."""
    patch = (tools.ROOT / "packaging" / "libva-drm-names.patch").read_text(encoding="utf-8")
    named = set(re.findall(r'^\+ +\{ "([\w-]+)", +\{ "v4l2_request", "\1" \} \},$', patch, re.MULTILINE))
    page = (tools.ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    explained = {name for name in ALIASES if f"`{name}`" in page}
    if named != ALIASES or explained != ALIASES:
        raise Failure(f"patch: {sorted(named ^ ALIASES)}; page: {sorted(explained ^ ALIASES)}")


def versions_agree():
    """One version, wherever it is written down."""
    found = {name: re.search(pattern, (tools.ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
             for name, pattern in (("meson.build", r"^  version: '(.*)',$"),
                                   ("debian/changelog", r"\A\S+ \((.*)\)"),
                                   ("packaging/PKGBUILD", r"^pkgver=(.*)$"),
                                   ("NEWS.md", r"^## .*?(\d+\.\d+\.\d+)"))}
    versions = {name: match and match.group(1) for name, match in found.items()}
    if len(set(versions.values())) != 1:
        raise Failure(f"{versions}")


def _stepping_aside(found, made, **more):
    """The environment of a client on a machine whose display's DRM driver has an alias and which
    has no decoder; libva says all it has to say."""
    device = devices.Device("hantro", _driver_in(found).parent, made.virtdec)
    env = {**device.env(), "LIBVA_DRIVER_NAME": None, "VIRTDEC_DRM_DRIVER": "rockchip",
           "VIRTDEC_MEDIA_DEVICES": "0", "LIBVA_MESSAGING_LEVEL": "2", **more}
    words = ["env", *(f"-u{name}" for name, value in env.items() if value is None)]
    return device, words, {name: value for name, value in env.items() if value is not None}


def _vainfo_aside(*wrapper, **more):
    with tempfile.TemporaryDirectory() as target:
        made, found = _install(target)
        device, words, env = _stepping_aside(found, made, **more)
        preload = env.pop("LD_PRELOAD")
        done = tools.run([*words, *wrapper, "env", f"LD_PRELOAD={preload}", "vainfo", "--display",
                          "drm", "--device", device.render_node], env=env)
        said = done.stdout.decode() + done.stderr
        if "rockchip_drv_video.so init failed" not in said:
            raise Failure(f"the driver was not asked, or found a decoder: {said[-2000:]}")
        return said


def _own_lines(said, level):
    return re.findall(rf"^libva {level}: v4l2-stateless: (.*)$", said, re.MULTILINE)


def steps_aside_quietly():
    """Not a line at error level, and one remark for who looks for the reason."""
    said = _vainfo_aside()
    if _own_lines(said, "error") or _own_lines(said, "info") != ["no stateless video decoder found"]:
        raise Failure(said)


def complains_of_named():
    """A device that the user named and that is none is an error."""
    for name in ("MEDIA", "VIDEO"):
        said = _vainfo_aside(**{f"LIBVA_V4L2_REQUEST_{name}_PATH": "/dev/null"})
        if _own_lines(said, "error") != ["no stateless video decoder found"]:
            raise Failure(f"{name}: {said}")


#: System calls of vaInitialize in the driver where it finds no media device: /dev is listed. A media
#: device that is no decoder adds an open, a close, and two calls that ask for its graph.
CALLS_ASIDE, CALLS_A_MEDIA_DEVICE = 10, 10


def steps_aside_fast():
    """Counted, not timed: what the driver calls between libva's last word before it and after it."""
    said = _vainfo_aside("strace", "-f", "-e", "trace=all")
    calls = re.search(r'\n[^\n]*"libva info: Found init function[^\n]*\n(.*?)\n[^\n]*write\(2, '
                      r'"libva error: ', said, re.DOTALL)
    if not calls:
        raise Failure(said[-3000:])
    names = re.findall(r"^(?:\[pid +\d+\] )?(\w+)\(", calls.group(1), re.MULTILINE)
    own = [name for name in names if name != "write"]
    most = CALLS_ASIDE + CALLS_A_MEDIA_DEVICE * len(list(Path("/dev").glob("media*")))
    if not own or len(own) > most or any("sleep" in name or "clone" in name for name in own):
        raise Failure(f"{len(own)} calls, {most} at most: {own}")
    return f"{len(own)} system calls"


def player_goes_on():
    """FFmpeg, told to use the hardware where there is some, decodes in software."""
    path = make.make(recipes.CLIPS["h264_cabac_pyramid.264"])
    with tempfile.TemporaryDirectory() as target:
        made, found = _install(target)
        _, words, env = _stepping_aside(found, made, LIBVA_MESSAGING_LEVEL="1")
        done = helpers.succeed([*words, *ffmpeg.FFMPEG, "-v", "warning", "-hwaccel", "auto", "-i",
                                path, "-fps_mode", "passthrough", "-f", "framemd5", "pipe:1"],
                               env=env)
    frames = [line.rsplit(",", 1)[1].strip() for line in done.stdout.decode().splitlines()
              if line[:1].isdigit()]
    if frames != ffmpeg.software(path).hashes:
        raise Failure(f"{len(frames)} frames, not software's: {done.stderr[-2000:]}")
    if "init failed" not in done.stderr or "v4l2-stateless" in done.stderr:
        raise Failure(done.stderr[-3000:])


def cases():
    return [helpers.build_case("gcc"), Case("files", files), Case("exports", exports),
            Case("linked-hardened", _checked(hardening.linked)),
            Case("compiled-hardened", _checked(hardening.compiled)),
            Case("descriptors-close-on-exec", hardening.source),
            Case("silent-decode", silent), Case("vainfo", profiles),
            Case("found-by-display", found_by_display),
            Case("names-agree", names_agree),
            Case("versions-agree", versions_agree),
            Case("steps-aside-quietly", steps_aside_quietly),
            Case("steps-aside-fast", steps_aside_fast),
            Case("steps-aside-for-software", player_goes_on),
            Case("named-device-missing", complains_of_named)]
