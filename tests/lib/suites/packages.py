# SPDX-License-Identifier: MIT
"""Debian's packages: built in roots that debootstrap makes, twice, and installed in fresh ones, where
libva finds the driver by itself and the package's own test decodes all codecs. Takes minutes."""

import functools
import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import tools
from results import Case, Failure, Skip
from suites import helpers, install

#: Debian's releases where the packages are built and installed.
BUILT = os.environ.get("PACKAGE_SUITES", "bookworm trixie sid").split()
CROSS = "trixie"
HERE = tools.ROOT / "tests" / "packaging"
LIMIT = 1800
DRIVER, TESTS = "v4l2-stateless-va-driver", "v4l2-stateless-va-driver-tests"
#: lintian's hints on a release that is newer than the oldest one that the package is for: a newer
#: debhelper, and two fields that newer tools know to be superfluous.
LATER = re.compile(r"^P: \S+ source: (package-uses-old-debhelper-compat-version"
                   r"|redundant-(priority-optional|rules-requires-root-no)-field)")
CODECS = {"MPEG2", "H264", "HEVC", "VP8", "VP9", "AV1"}


@dataclass(frozen=True)
class Packages:
    """The directory in the root `root` that holds the .debs of a build, and what it said."""

    root: Path
    directory: Path
    log: str

    def deb(self, name):
        """The .deb of package `name`."""
        found = list(self.directory.glob(f"{name}_*.deb"))
        if len(found) != 1:
            raise Failure(f"{name}: {[path.name for path in self.directory.glob('*.deb')]}")
        return found[0]


def _root(suite, kind):
    if os.geteuid():
        raise Skip("debootstrap and chroot need root")
    done = helpers.succeed([HERE / "root", suite, kind], limit=LIMIT)
    return Path(done.stdout.decode().strip())


def _inside(root, *command, limit=LIMIT):
    done = tools.run([HERE / "in-root", root, *command], limit=limit)
    if done.ending():
        output = done.stdout.decode("utf-8", "replace") + done.stderr
        raise Failure(f"{' '.join(command)[:200]}: {done.ending()}\n{output[-4000:]}")
    return done.stdout.decode("utf-8", "replace"), done.stderr


def _copy_sources(target):
    for name in helpers.tracked_files("."):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(tools.ROOT / name, path, follow_symlinks=False)


def _empty(root, where):
    directory = root / where
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


@functools.lru_cache(maxsize=None)
def _built(suite, kind="build", options=""):
    root = _root(suite, kind)
    directory = _empty(root, "first")
    _copy_sources(directory / "source")
    log = _inside(root, "sh", "-c", f"cd /first/source && dpkg-buildpackage -us -uc {options}")
    return Packages(root, directory, "".join(log))


@functools.lru_cache(maxsize=None)
def _built_again(suite):
    """From the source package that the first build made; in another directory, time zone and umask,
    and on one core."""
    first = _built(suite)
    directory = _empty(first.root, "a/second/place")
    _inside(first.root, "sh", "-c", "cd /a/second/place && dpkg-source -x /first/*.dsc source && "
            "umask 027 && cd source && TZ=Pacific/Kiritimati DEB_BUILD_OPTIONS=parallel=1 "
            "dpkg-buildpackage -us -uc -b")
    return Packages(first.root, directory, "")


def _sizes(made):
    return ", ".join(f"{path.name} {path.stat().st_size:,} bytes"
                     for path in sorted(made.directory.glob("*.deb")))


def build(suite):
    made = _built(suite)
    warnings = re.findall(r".*\bwarning: (?!diversions involved).*", made.log)
    if warnings:
        raise Failure("\n".join(warnings))
    return _sizes(made)


def lintian(suite):
    made = _built(suite)
    said, more = _inside(made.root, "sh", "-c",
                         "lintian -E --pedantic --allow-root /first/*.changes")
    hints = [line for line in (said + more).splitlines() if re.match(r"[EWIPX]: ", line)]
    if others := [line for line in hints if not LATER.match(line)]:
        raise Failure("\n".join(others))
    return f"{len(hints)} hints on what the oldest release cannot have"


def _unpacked(made, name, target):
    helpers.succeed(["dpkg-deb", "-x", made.deb(name), target])
    return sorted(path for path in Path(target).rglob("*") if not path.is_dir())


def contents(suite):
    made = _built(suite)
    with tempfile.TemporaryDirectory() as target:
        found = _unpacked(made, DRIVER, target)
        drivers = {path.name for path in found if path.parent.name == "dri"}
        wanted = {install.DRIVER, *(f"{name}_drv_video.so" for name in install.ALIASES)}
        others = [path for path in found if path.parent.name != "dri"
                  and f"usr/share/doc/{DRIVER}/" not in str(path)]
        if drivers != wanted or others:
            raise Failure(f"{sorted(drivers)}, {others}")
        if not any("examples" in path.parts and path.name == "mpv.conf" for path in found):
            raise Failure(f"no examples: {found}")
        symbols = helpers.succeed(["nm", "-D", "--defined-only", next(
            path for path in found if path.name == install.DRIVER)]).stdout.decode()
        abi = re.search(r"__vaDriverInit_(\d+)_(\d+)", symbols)
    fields = helpers.succeed(["dpkg-deb", "-f", made.deb(DRIVER)]).stdout.decode()
    for line in (rf"Depends: .*\blibva-driver-abi-{abi.group(1)}\.{abi.group(2)}\b",
                 "Provides: va-driver$", "Enhances: libva2$", "Multi-Arch: same$",
                 "Conflicts: libva-v4l2-request$"):
        if not re.search(f"^{line}", fields, re.MULTILINE):
            raise Failure(f"no {line!r} in\n{fields}")


def debug_symbols(suite):
    """The debug package holds lines of the source for the very driver that is installed."""
    made = _built(suite)
    with tempfile.TemporaryDirectory() as target:
        driver = next(path for path in _unpacked(made, DRIVER, Path(target) / "driver")
                      if path.name == install.DRIVER)
        debug, = (path for path in _unpacked(made, f"{DRIVER}-dbgsym", Path(target) / "debug")
                  if path.suffix == ".debug")
        number = re.search(r"Build ID: (\w+)",
                           helpers.succeed(["readelf", "-n", driver]).stdout.decode()).group(1)
        if f"{number[:2]}/{number[2:]}.debug" not in str(debug):
            raise Failure(f"{debug} is not of {number}")
        address = re.search(r"^(\w+) t devices_open$", helpers.succeed(
            ["nm", debug]).stdout.decode(), re.MULTILINE)
        line = address and helpers.succeed(["addr2line", "-e", debug, f"0x{address.group(1)}"])
        if not line or not re.search(r"discovery\.c:\d+", line.stdout.decode()):
            raise Failure(f"no line of devices_open in {debug}")


def reproducible(suite):
    one, other = (_digests(made.directory) for made in (_built(suite), _built_again(suite)))
    if one != other or not one:
        raise Failure(f"differ: {sorted({name for name, _ in one.items() ^ other.items()})}")
    return f"{len(one)} packages, byte for byte"


def _digests(directory):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.glob("*.deb")}


def _vainfo(root, **env):
    words = [f"{name}={value}" for name, value in env.items()]
    done = tools.run([HERE / "in-root", root, "env", *words, "vainfo", "--display", "drm", "--device",
                      "/dev/dri/renderD128"])
    return done.stdout.decode("utf-8", "replace") + done.stderr


def installed(suite):
    """In a fresh root: installed, found, decoded with, removed. in-root passes no variable on."""
    made = _built(suite)
    with tempfile.TemporaryDirectory(dir=made.root.parent, prefix=f"fresh-{suite}-") as target:
        root = Path(target)
        helpers.succeed(["cp", "-a", f"{_root(suite, 'fresh')}/.", root])
        for name in (DRIVER, TESTS):
            shutil.copy(made.deb(name), root)
        _inside(root, "sh", "-c", "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install "
                "-y --no-install-recommends /*.deb </dev/null")
        virtdec = next(root.glob("usr/lib/*/v4l2-stateless-tests/libvirtdec.so")).relative_to(root)
        preload = {"LD_PRELOAD": f"/{virtdec}", "VIRTDEC_DRM_DRIVER": "rockchip"}
        said = _vainfo(root, **preload)
        codecs = set(re.findall(r"VAProfile(MPEG2|H264|HEVC|VP8|VP9|AV1)\w+\s*:\s*VAEntrypointVLD",
                                said))
        if "Driver version: v4l2-stateless" not in said or codecs != CODECS:
            raise Failure(said)
        # Without a decoder the driver itself says nothing.
        said = _vainfo(root, **preload, VIRTDEC_MEDIA_DEVICES=0)
        if "init failed" not in said or "v4l2-stateless" in said.replace("libva info: v4l2-stateless", ""):
            raise Failure(said)
        shutil.copy(tools.ROOT / "debian" / "tests" / "decode", root)
        said, _ = _inside(root, "/decode")
        _inside(root, "dpkg", "--purge", TESTS, DRIVER)
        ours = {install.DRIVER, *(f"{name}_drv_video.so" for name in install.ALIASES)}
        left = [path.name for path in root.glob("usr/lib/*/dri/*") if path.name in ours]
        if left or list(root.glob(f"usr/share/doc/{DRIVER}*")):
            raise Failure(f"left behind: {left}")
    return f"{said.count('frames identical')} clips identical, {said.count(': found')} aliases"


def cross_arm64():
    made = _built(CROSS, "cross", "-aarm64 -Pcross,nocheck")
    with tempfile.TemporaryDirectory() as target:
        driver = next(path for path in _unpacked(made, DRIVER, target) if path.name == install.DRIVER)
        machine = helpers.succeed(["readelf", "-h", driver]).stdout.decode()
    if "AArch64" not in machine:
        raise Failure(machine)
    return _sizes(made)


def without_tests_package():
    """The driver's package alone needs no library of FFmpeg's."""
    made = _built(BUILT[0])
    directory = _empty(made.root, "third")
    _copy_sources(directory / "source")
    log = _inside(made.root, "sh", "-c", "cd /third/source && "
                  "dpkg-buildpackage -us -uc -b -Pnoinsttest,nocheck")
    if "dependency libavcodec" in "".join(log):
        raise Failure("Meson asked for libavcodec")
    found = sorted(path.name.split("_")[0] for path in directory.glob("*.deb"))
    if found != [DRIVER, f"{DRIVER}-dbgsym"]:
        raise Failure(f"{found}")


def cases():
    made = []
    for suite in BUILT:
        for check in (build, lintian, contents, debug_symbols, reproducible, installed):
            made.append(Case(f"{suite}/{check.__name__.replace('_', '-')}",
                             functools.partial(check, suite), alone=True))
    made.append(Case("without-tests-package", without_tests_package, alone=True))
    if CROSS in BUILT:
        made.append(Case(f"{CROSS}/cross-arm64", cross_arm64, alone=True))
    return made
