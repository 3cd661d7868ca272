# SPDX-License-Identifier: MIT
"""Every call of a decode fails once (tests/faults/faults.c): no crash, hang, leak or silent wrong
picture, and a clean decode afterwards; the points of tests/faults/points.c; damaged pictures and
players; a kernel that does not tell the truth; threads; surfaces that contexts share, and references
that outlive theirs; a soak."""

import os
import re
import threading

import devices
import ffmpeg
import gstreamer
import make
import recipes
import tools
from results import Case, Failure
from suites import helpers

SIZE = (128, 96)
SOURCE = "testsrc2=size={}x{}:rate=25"

#: FFmpeg's codec name -> (suffix, encoder options). Small, with slices, references in both
#: directions and three points to start from: a decoder has to find back to the stream.
CLIPS = {
    "h264": (".264", ["-c:v", "libx264", "-x264-params",
                      "keyint=10:min-keyint=10:scenecut=0:bframes=2:b-pyramid=normal:ref=3:"
                      "slices=2:cqm=jvt:threads=1"]),
    "mpeg2video": (".m2v", ["-c:v", "mpeg2video", "-g", "10", "-bf", "2", "-flags",
                            "+ildct+ilme"]),
    # Without SAO: along slice borders FFmpeg's software decoder does not make the same of it in
    # every run.
    "hevc": (".265", ["-c:v", "libx265", "-preset", "medium", "-x265-params",
                      "keyint=10:min-keyint=10:scenecut=0:bframes=2:slices=2:sao=0:pools=none:"
                      "frame-threads=1:log-level=none"]),
    "vp8": (".ivf", ["-c:v", "libvpx", "-g", "10", "-cpu-used", "8", "-b:v", "200k"]),
    "vp9": (".ivf", ["-c:v", "libvpx-vp9", "-g", "10", "-cpu-used", "8", "-b:v", "200k"]),
    "av1": (".ivf", ["-c:v", "libaom-av1", "-g", "10", "-cpu-used", "8", "-b:v", "200k"]),
}

#: Name -> (size, encoder options). AV1 with hidden frames, references that outlive others, and
#: probabilities that go from frame to frame.
_LATE = ["-c:v", "libaom-av1", "-g", "12", "-cpu-used", "6", "-crf", "30", "-b:v", "0",
         "-lag-in-frames", "12"]
LATE_CLIPS = {
    "late": (SIZE, _LATE),
    "late-large": ((176, 144), _LATE),
    "late-grain": (SIZE, [*_LATE, "-aom-params", "film-grain-test=3"]),
}

#: 60 pictures with B pictures in front of I pictures, which refer to the group before (an open GOP).
OPEN_GOP = ["-c:v", "libx264", "-x264-params", "keyint=12:min-keyint=12:scenecut=0:open-gop=1:"
            "bframes=2:b-adapt=0:b-pyramid=none:ref=1:threads=1"]
OPEN_GOP_FRAMES = 60

#: In the quick suite each so-manieth of the calls that come with every picture fails.
QUICK_STRIDE, FULL_STRIDE = 4, 1

#: Of the kernel that does not tell the truth.
QUICK_SEEDS = 72
#: Those that found a fault once: a dma-buf smaller than its format says, a request that ends without
#: its buffers, descriptors that were not filled in, a stuck decoder that the next context inherited.
KNOWN_SEEDS = [("h264", "hantro", "dmabuf", 25), ("h264", "hantro", "dmabuf", 172),
               ("hevc", "two-buffers", "mmap", 288), ("vp8", "hantro", "dmabuf", 424),
               ("vp9", "rkvdec", "mmap", 334)]

#: Codec -> the clip that is played, and ends badly, beside it.
PAIRS = {"h264": "mpeg2_b2.m2v", "vp9": "h264_cabac_pyramid.264"}

#: Codecs whose contexts share surfaces: with references that are looked up, kept back, and kept in
#: a parked context.
SHARED = [("h264", "vp9"), ("mpeg2video", "av1")]

#: Codec -> what tests/faults/references.c expects of it.
REFERENCES = {"vp8": ["told"], "vp9": ["told", "across-contexts"],
              "av1": ["told", "across-contexts"], "mpeg2video": []}

SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:exitcode=99:halt_on_error=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=98",
    "TSAN_OPTIONS": "exitcode=66:second_deadlock_stack=1:suppressions="
                    f"{tools.ROOT / 'tests' / 'faults' / 'tsan-suppressions'}",
}


#: Runtimes of the sanitizers, which must be loaded before everything else.
RUNTIMES = {"": (), "sanitize": ("libasan.so", "libubsan.so"), "threads": ("libtsan.so",)}


def _directory():
    path = tools.build_root() / "faults"
    path.mkdir(parents=True, exist_ok=True)
    return path


def clip(name):
    """Makes the clip of CLIPS or LATE_CLIPS; returns its path."""
    size, (suffix, options) = SIZE, CLIPS.get(name, (".ivf", None))
    if not options:
        size, options = LATE_CLIPS[name]
    return _encode(name, suffix, options, size, 30)


def _encode(name, suffix, options, size, frames):
    path = _directory() / f"{name}{suffix}"
    if not path.exists():
        partial = path.with_name(f"partial-{os.getpid()}-{path.name}")
        helpers.succeed([*ffmpeg.FFMPEG, "-v", "error", "-f", "lavfi", "-i",
                         SOURCE.format(*size), "-frames:v", str(frames), "-pix_fmt", "yuv420p",
                         "-threads", "1", *options, partial])
        os.replace(partial, path)
    return path


#: Cases that run at the same time share recordings: each is made once.
_recorder = threading.RLock()
_recorded = {}


def recording(codec, personality):
    """Records what a player asks of VA-API for the clip of `codec`; returns the paths of the
    recording and of software's pictures."""
    with _recorder:
        return record(clip(codec), codec, personality)


def record(path, name, personality, coded=False):
    """As recording(), of the stream at `path`; `name` becomes part of the files' names. `coded`: with
    all that is coded of each picture, in its own size, and not only what is shown."""
    name = f"{name}-coded" if coded else name
    with _recorder:
        if (name, personality) not in _recorded:
            _recorded[name, personality] = _record(path, name, personality, coded)
        return _recorded[name, personality]


def _record(path, name, personality, coded):
    made = helpers.must_build()
    target = _directory() / f"{name}-{personality}.rec"
    truth = _directory() / f"{name}-{personality}.yuv"
    size = ["-apply_cropping", "0"] if coded else []
    helpers.succeed([*ffmpeg.FFMPEG, "-v", "error", "-threads", "1", *size, "-i", path, "-fps_mode",
                     "passthrough", "-autoscale", "0", "-pix_fmt", "yuv420p", "-f", "rawvideo",
                     truth])
    device = devices.Device(personality, made.driver_dir, made.virtdec)
    env = device.env()
    env["LD_PRELOAD"] += f":{made.path / 'tests' / 'faults' / 'libva_record.so'}"
    env["VA_RECORD"] = str(target)
    helpers.succeed(ffmpeg.hardware_command(path, device.render_node, ["-autoscale", "0", "-f", "null",
                                                                       "-"], cropping=not coded),
                    env=env)
    return target, truth


def program(name, arguments, personality, variant="", memory="dmabuf", **more):
    """Runs a program of tests/faults with the faulty driver, and `more` in its environment;
    returns Finished."""
    made = helpers.must_build(variant)
    preload = [tools.run(["gcc", f"-print-file-name={library}"]).stdout.decode().strip()
               for library in RUNTIMES[variant]]
    if variant == "threads":
        # Loaded later, it meets the dynamic linker's locks while TSan looks symbols up under them.
        preload.append(made.virtdec.with_name("libvirtdec_avcodec.so"))
    env = devices.Device(personality, made.path / "tests" / "faults", made.virtdec).env(
        preload=preload)
    env.update(SANITIZERS if variant else {})
    env.update({"VIRTDEC_DMABUF": "1" if memory == "dmabuf" else "0", "LIBVA_MESSAGING_LEVEL": "0", **more})
    return tools.run([made.path / "tests" / "faults" / name, *arguments], env=env, limit=1800)


def _fault_case(codec, personality, memory, stride, variant=""):
    label = f"{variant + '/' if variant else ''}{personality}/{memory}/{codec}"

    def run():
        record, truth = recording(codec, personality)
        done = program("faults", [record, truth, *SIZE, f"stride={stride}"], personality, variant,
                       memory)
        text = done.stdout.decode("utf-8", "replace")
        (_directory() / f"table-{label.replace('/', '-')}.txt").write_text(text, encoding="utf-8")
        total = re.search(r"^total: (\d+) calls, (\d+) runs, (\d+) survived$", text,
                          re.MULTILINE)
        if not total or done.ending():
            lost = "\n".join(line for line in text.splitlines() if "runs" not in line)
            raise Failure(f"{done.ending()} {total and total.group(0)}\n{lost[:3000]}"
                          f"{done.stderr[-2000:]}")
        kinds = re.findall(r"^(\S+) +(\d+) of +(\d+) calls", text, re.MULTILINE)
        calls = sum(int(count) for *_, count in kinds)
        return (f"{len(kinds)} kinds of faults, {total.group(1)} of {calls} calls, "
                f"{total.group(2)} runs (a call with an errno each), {total.group(3)} survived")

    return Case(f"{label}/each-call-fails", run)


def _play_case(name, codec, personality, variant="", arguments=()):
    def run():
        record, truth = recording(codec, personality)
        done = program(name, [record, truth, *SIZE, *arguments], personality, variant)
        if done.ending():
            raise Failure(f"{done.ending()}\n{done.stdout.decode()[-2000:]}{done.stderr[-4000:]}")
        return done.stdout.decode().strip().split("\n")[-1]

    label = f"{variant}/{personality}" if variant else personality
    return Case(f"{label}/{name}/{codec}", run)


def _pair_case(codec, other, personality, variant=""):
    """Two videos at once: the clip of `codec`, and the clip `other` of another codec and size."""

    def run():
        path = make.make(recipes.CLIPS[other])
        info = ffmpeg.probe(path)
        if (info.width, info.height) == SIZE or info.codec == codec:
            raise Failure(f"{other} is no other video")
        done = program("pair", [*recording(codec, personality), *SIZE,
                                *record(path, path.stem, personality), info.width, info.height],
                       personality, variant)
        if done.ending():
            raise Failure(f"{done.ending()}\n{done.stdout.decode()[-2000:]}{done.stderr[-4000:]}")
        return done.stdout.decode().strip()

    return Case(f"{variant + '/' if variant else ''}{personality}/two-videos/{codec}-and-{other}",
                run)


def _lying_case(codec, personality, memory, first, seeds, variant="sanitize"):
    """A kernel that does not tell the truth (tests/virtdec/lies.c), by so many seeds."""

    def run():
        record, truth = recording(codec, personality)
        done = program("lying_kernel", [record, truth, *SIZE, f"first={first}", f"seeds={seeds}"],
                       personality, variant, memory)
        if done.ending():
            raise Failure(f"{done.ending()}\n{done.stdout.decode()[-2000:]}{done.stderr[-4000:]}")
        return done.stdout.decode().strip().split("\n")[-1]

    label = f"{variant}/{personality}/{memory}" if variant else f"{personality}/{memory}"
    return Case(f"{label}/lying-kernel/{codec}/{first}", run)


def _lying_cases(seeds, each):
    """Cases of so many seeds in all, `each` of them in one case: each codec in turn, on each
    personality that has it in turn, every third time without imported memory."""
    listed = []
    for n in range(0, seeds // each):
        codec = list(CLIPS)[n % len(CLIPS)]
        able = _able(codec)
        turn = n // len(CLIPS)
        listed.append(_lying_case(codec, able[turn % len(able)],
                                  "mmap" if turn % 3 == 2 else "dmabuf", 1 + n * each, each))
    return listed


def _late_case(personality, variant=""):
    def run():
        large, _ = LATE_CLIPS["late-large"]
        runs = [[*recording("late", personality), *SIZE, *recording("late-large", personality),
                 *large]]
        if personality == "hantro":  # which puts film grain on
            runs.append([*recording("late-grain", personality), *SIZE])
        for arguments in runs:
            done = program("late", arguments, personality, variant)
            if done.ending():
                raise Failure(f"{done.ending()}\n{done.stdout.decode()[-3000:]}"
                              f"{done.stderr[-4000:]}")
        return done.stdout.decode().strip().split("\n")[-1]

    return Case(f"{variant + '/' if variant else ''}{personality}/late-frames", run)


def _references_case(codec, personality, variant="", memory="dmabuf"):
    """References that are taken while they are read, or outlive their context."""
    label = "/".join([*filter(None, [variant]), personality, memory, "references", codec])

    def run():
        report = _directory() / f"references-{label.replace('/', '-')}.txt"
        report.unlink(missing_ok=True)
        done = program("references", [*recording(codec, personality), *SIZE, *REFERENCES[codec]],
                       personality, variant, memory, VIRTDEC_REPORT=str(report))
        if done.ending():
            raise Failure(f"{done.ending()}\n{done.stdout.decode()[-3000:]}"
                          f"{done.stderr[-4000:]}")
        return _no_foreign_memory(report)

    return Case(label, run)


def _shared_case(codecs, personality, variant="", arguments=()):
    """Contexts of different sizes and codecs that decode into the same surfaces."""
    label = "/".join([*filter(None, [variant]), personality, "shared-surfaces",
                      "-and-".join(codecs), *arguments])

    def run():
        report = _directory() / f"shared-{label.replace('/', '-')}.txt"
        report.unlink(missing_ok=True)
        recordings = [path for codec in codecs for path in recording(codec, personality)]
        done = program("shared", [*recordings, *SIZE, *arguments], personality, variant,
                       VIRTDEC_REPORT=str(report))
        if done.ending():
            raise Failure(f"{done.ending()}\n{done.stdout.decode()[-2000:]}"
                          f"{done.stderr[-4000:]}")
        return f"{done.stdout.decode().strip()} {_no_foreign_memory(report)}"

    return Case(label, run)


def _no_foreign_memory(report):
    """Fails where a picture was predicted from memory that another one had been written to."""
    events = report.read_text(encoding="utf-8").splitlines()
    foreign = [event for event in events if event.startswith("overwritten-reference")]
    if foreign or not any(event.startswith("job ") for event in events):
        raise Failure("\n".join(foreign[:10]) or "no job was reported")
    return f"{len(events)} events, no foreign memory"


def _coded_pictures(path):
    """Of each frame in output order: its place in coding order and its type."""
    done = helpers.succeed(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                            "frame=coded_picture_number,pict_type", "-of", "csv=p=0", path])
    lines = (line.split(",") for line in done.stdout.decode().split())
    return [(int(number), kind) for kind, number in (line[:2] for line in lines)]


def _spoilt_by(coded, damaged):
    """The frames (in output order) that may be wrong when the picture of number `damaged` in coding
    order is: a B picture alone; of a P picture also what is coded after it, up to the B pictures
    behind the next I picture. (The I picture, too: the virtual decoder has no record of a picture
    that failed, and spoils those whose DPB has it.)"""
    if (damaged, "B") in coded:
        return {n for n, (number, _) in enumerate(coded) if number == damaged}
    intra = min(number for number, kind in coded if kind == "I" and number > damaged)
    after = min(number for number, kind in coded if kind == "P" and number > intra)
    return {n for n, (number, _) in enumerate(coded)
            if damaged <= number < after}


def _damaged_case(client, damaged):
    """A picture that the device returns with an error ends nothing: all frames come out, and those
    that do not depend on it are as ever."""

    def run():
        made = helpers.must_build()
        path = _encode("open-gop", ".mp4", OPEN_GOP, SIZE, OPEN_GOP_FRAMES)
        coded = _coded_pictures(path)
        device = devices.Device("hantro", made.driver_dir, made.virtdec)
        env = {**device.env(), "LIBVA_MESSAGING_LEVEL": "1"}
        truth = ffmpeg.software(path)
        fault = {"VIRTDEC_FAULT": f"decode:{damaged + 1}"}
        whole = client.hardware(path, device.render_node, env, truth)
        result = client.hardware(path, device.render_node, {**env, **fault}, truth)
        if whole.hashes != truth.hashes or len(truth.hashes) != OPEN_GOP_FRAMES:
            raise Failure("without a fault the decode differs from software's")
        if len(result.hashes) != OPEN_GOP_FRAMES or result.finished.ending():
            raise Failure(f"{len(result.hashes)} of {OPEN_GOP_FRAMES} frames\n"
                          f"{result.log[-2000:]}")
        wrong = {n for n, frame in enumerate(result.hashes) if frame != truth.hashes[n]}
        own = next(n for n, (number, _) in enumerate(coded) if number == damaged)
        if own not in wrong or not wrong <= _spoilt_by(coded, damaged):
            raise Failure(f"frames {sorted(wrong)} are wrong, where {own} was damaged")
        told = len(re.findall("errors in 1 picture", result.log))
        if told != 1 and client is ffmpeg:  # GStreamer keeps the driver's messages to itself
            raise Failure(f"the damaged picture was told of {told} times\n{result.log[-2000:]}")
        return f"all {OPEN_GOP_FRAMES} frames, {len(wrong)} of them wrong, the others identical"

    return Case(f"damaged-picture/{client.__name__}/{damaged}", run)


def _able(codec):
    """The personalities that have the codec. Of MediaTek's the one without tiles: there the player
    could not tell that there is no derived image from a fault."""
    return ["two-buffers" if name == "mtk" else name
            for name, can in devices.PERSONALITIES.items() if codec in can.codecs]


def _listed(stride):
    # Of one personality each codec's calls, of the others a sample, where not all are wanted.
    sample = 10 * stride if stride > 1 else stride
    listed = [*(helpers.build_case(variant) for variant in RUNTIMES),
              Case("points", lambda: helpers.meson_tests("", options=["--suite", "faults"]))]
    listed += [_late_case("hantro"), _late_case("two-buffers"), _late_case("hantro", "sanitize")]
    listed += [_references_case(codec, "hantro", variant)
               for codec in REFERENCES for variant in ("", "sanitize")]
    listed += [_references_case(codec, "hantro", memory="mmap") for codec in REFERENCES]
    listed += [_shared_case(codecs, "hantro", variant)
               for codecs in SHARED for variant in ("sanitize", "threads")]
    for codec in CLIPS:
        able = _able(codec)
        listed += [_fault_case(codec, personality, "dmabuf",
                               stride if personality == able[0] else sample)
                   for personality in able]
        for personality in able[:1]:
            listed += [_fault_case(codec, personality, "mmap", sample),
                       _fault_case(codec, personality, "dmabuf", sample, "sanitize")]
            if codec in PAIRS:
                listed += [_pair_case(codec, PAIRS[codec], personality, variant)
                           for variant in ("", "sanitize")]
            listed += [_play_case("soak", codec, personality, arguments=["frames=600"]),
                       _play_case("stress", codec, personality, "threads", ["rounds=3"])]
        listed += [_play_case("hostile", codec, personality, "sanitize", ["rounds=20"])
                   for personality in able]
    # Pictures 4 and 6 in coding order: a P picture that others refer to, and a B picture.
    listed += [_damaged_case(client, damaged) for client in (ffmpeg, gstreamer)
               for damaged in (4, 6)]
    listed += [_lying_case(*known, 1) for known in KNOWN_SEEDS]
    return listed + _lying_cases(QUICK_SEEDS, 6)


def cases():
    return _listed(QUICK_STRIDE)


def lying_kernel_cases():
    """As many seeds as LYING_KERNEL_SEEDS says."""
    seeds = int(os.environ.get("LYING_KERNEL_SEEDS", "2000"))
    return [helpers.build_case("sanitize"), *_lying_cases(seeds, 20)]


def full_cases():
    """Every single call, the long soak, and sharing for longer."""
    long_soaks = [_play_case("soak", codec, "hantro", arguments=["frames=20000"])
                  for codec in ("h264", "mpeg2video")]
    long_sharing = [_shared_case(codecs, personality, variant, ["seconds=60"])
                    for codecs, personality in [*((codecs, "hantro") for codecs in SHARED),
                                                (("mpeg2video", "h264"), "cedrus")]
                    for variant in ("sanitize", "threads")]
    return _listed(FULL_STRIDE) + long_soaks + long_sharing
