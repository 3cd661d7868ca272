# SPDX-License-Identifier: MIT
"""The command line of tests/crosscheck --registers."""
import argparse
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from . import (boots, changes, clients, devices, guest, hardware, main, registers, ringbuffer, rules,
               stream, totals)

SHOWN = 10
PROFILES = "vainfo"  # the id of the command that lists the profiles


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="crosscheck --registers", description="Compares the "
                                     "registers that the kernel's own drivers program for the "
                                     "driver and for an independent client.")
    parser.add_argument("files", nargs="+", metavar="[DEVICE] FILE",
                        help=f"a device ({', '.join(devices.DEVICES)}; default: each that decodes "
                        "the stream's codec), then streams")
    parser.add_argument("--driver", default=os.path.join(main.PROJECT, "build", "src"),
                        metavar="DIR", help="directory of v4l2_request_drv_video.so")
    parser.add_argument("--seconds", type=int, default=60, help="limit of one decode")
    parser.add_argument("--keep", metavar="DIR", help="keep traces and logs there")
    parser.add_argument("--client", choices=("ffmpeg", "gst"), default="ffmpeg",
                        help="the VA client over the driver")
    parser.add_argument("--totals", metavar="FILE.json", help="keep the results there, by stream, "
                        "beside those of other runs")
    parser.add_argument("--table", metavar="FILE.md", help="write the table of results, with those "
                        "of --totals")
    parser.add_argument("--check", action="store_true", help="test the comparison itself: the oracle "
                        "twice must be equal; and --changes, of every stream")
    parser.add_argument("--changes", action="store_true", help="of the first stream of each codec: "
                        "what is changed in one job must be seen (changes.py)")
    parser.add_argument("--seed", type=int, default=changes.SEED, help="of what is changed")
    parser.add_argument("--lines", action="store_true",
                        help='print "ok NAME" or "not ok NAME: why" for each comparison')
    return parser.parse_intermixed_args(argv)


def _streams(files):
    """[(path, codec)] of the files that are streams, and the others."""
    found = [(os.path.abspath(file), stream.codec_of(os.path.abspath(file))) for file in files]
    return [pair for pair in found if pair[1]], [path for path, codec in found if not codec]


def _commands(args, device, streams, work):
    forms = [device.format(stream.picture(path)[2]) for path, _ in streams]
    newer = any(clients.needs_newer(codec, form) for (_, codec), form in zip(streams, forms))
    registry = os.path.join(main.cache_directory(), f"registers-{device.name}")
    os.makedirs(registry, exist_ok=True)
    environment = clients.Environment(
        os.path.abspath(args.driver), guest.build_shim(work, "hold_capture"), registry,
        root=guest.tool("build-root") if newer else None, here=guest.HERE,
        visible=[os.path.dirname(path) for path, _ in streams])
    commands = {PROFILES: environment.profiles()}
    for i, ((path, codec), form) in enumerate(zip(streams, forms)):
        path = stream.raw(path, codec, work, str(i))
        commands[f"{i}-oracle"] = environment.hardware_oracle(codec, path, form)
        commands[f"{i}-driver"] = commands[f"{i}-oracle"] if args.check else \
            environment.hardware_client(args.client, codec, path)
    return commands


def booted(device, options=(), **environment):
    """The boots.Guest whose only decoder is `device`."""
    tree = os.path.join(guest.tool("build-kernel"), "fakehw.dtb")
    return boots.Guest("guest-hardware", (device.address,), ("-k", f"dtb={tree}", *options),
                       environment)


def _result(work, ident, formats, outputs):
    """The guest.Result of one command; its jobs are hardware.Job."""
    status = guest.read(work, f"{ident}.status").strip() or "none"
    try:
        jobs = hardware.read_jobs(guest.read(work, f"{ident}.trace", "rb"), formats, outputs)
    except ringbuffer.TraceError as error:
        return guest.Result(str(error), "", [])
    return guest.Result(status, guest.read(work, f"{ident}.log"), jobs)


def expected_profiles(name):
    """The profiles that vainfo must list on a device (../hardware-profiles.txt)."""
    with open(os.path.join(guest.HERE, "hardware-profiles.txt"), encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {profile for device, *profiles in lines if device == name for profile in profiles}


def _profiles(device, log):
    """Compares vainfo's list with the expected one; returns what is wrong, or an empty string."""
    listed = {word for line in log.splitlines() if "VAEntrypointVLD" in line
              for word in line.split() if word.startswith("VAProfile")}
    listed = {profile.rstrip(":") for profile in listed}
    wanted = expected_profiles(device.name)
    return "" if listed == wanted else (
        f"missing {sorted(wanted - listed)}, not expected {sorted(listed - wanted)}")


def _why(oracle, driver, result, late=False, first=0):
    """What is wrong, or an empty string. late: the driver's client may begin later than the oracle;
    first: how many jobs are compared of an oracle that fails behind them."""
    for name, run in (("oracle", oracle), ("driver", driver)):
        if run.failure() and not (first and name == "oracle" and run.status != "overrun"):
            return f"{name} failed: {run.failure()}"
    if not result.jobs:
        return "no job to compare"
    if result.differences:
        first = result.differences[0]
        return (f"{len(result.differences)} differences, first: job {first.job} {first.name}: "
                f"oracle {first.oracle}, driver {first.driver}")
    if not (result.same_after_start if late else result.same_jobs) or (
            first and result.jobs != first):
        return f"the oracle ran {result.oracle_jobs} jobs, the driver {result.driver_jobs}"
    return ""


def _changes(label, done, args, *runs):
    """Reports what changes.py finds in two runs that are equal."""
    result = changes.look(*runs, args.seed)
    done.bad += bool(result.missed)
    said = f"not seen: {', '.join(result.missed)}" if result.missed else (
        f"{result.seen} changes of job {result.job} seen, {len(result.hidden)} need not be")
    done.lines.append(f"{'not ' if result.missed else ''}ok registers {label}, changed: {said}"
                      if args.lines else f"{label}, changed: {said}")
    for why in sorted(set(result.hidden.values())) if not args.lines else ():
        names = (name for name, its in result.hidden.items() if its == why)
        done.lines.append(f"    need not be seen: {', '.join(names)}: {why}")


def _report(label, why, result, lines, say):
    counts = f"{result.jobs} jobs, {result.registers} registers, {result.tables} bytes of tables"
    if lines:
        say(f"not ok registers {label}: {why}" if why else f"ok registers {label}: {counts}")
        return
    say(f"{label}: {counts}: {len(result.differences)} different{': ' + why if why else ''}")
    for name, count in result.by_name.most_common(SHOWN):
        example = next(d for d in result.differences if d.name == name)
        say(f"    {count} x {name}: job {example.job}: oracle {example.oracle}, "
            f"driver {example.driver}")


def _too_small(device, path):
    width, height, _ = stream.picture(path)
    return width and height and min(width, height) < device.smallest


def _refused(label, driver, lines, done):
    """Reports a stream with pictures smaller than any that the kernel's driver says it has: it must
    not be started, and the player must go on without the device, as FFmpeg does, or end. (The oracle
    does not ask.)"""
    good = not driver.jobs and driver.status in ("0", "1")
    done.bad += not good
    said = "too small for the device: " + (
        "refused" if good else driver.failure() or f"{len(driver.jobs)} jobs")
    done.lines.append(f"{'' if good else 'not '}ok registers {label}: {said}" if lines else
                      f"{label}: {said}")


@dataclass
class _Done:
    """What comparing some streams on one device gave."""

    lines: list = field(default_factory=list)  # to be printed
    table: dict = field(default_factory=dict)  # totals.key: totals.row
    bad: int = 0                               # comparisons that failed
    changed: set = field(default_factory=set)  # codecs of which a stream was changed


def _device(args, device, streams, work):
    """Compares `streams` on one device; returns _Done."""
    done = _Done()
    say = done.lines.append
    os.makedirs(work, exist_ok=True)
    kernel = guest.tool("build-kernel")
    commands = _commands(args, device, streams, work)
    boots.run(work, {ident: (args.seconds, command) for ident, command in commands.items()},
              booted(device, ("-m", "2G")), say)
    formats = ringbuffer.parse_formats(guest.read(work, "formats"))
    wrong = _profiles(device, guest.read(work, f"{PROFILES}.log"))
    label = f"{device.name} profiles"
    say(f"{'not ok' if wrong else 'ok'} registers {label}{': ' + wrong if wrong else ''}"
        if args.lines else f"{label}: {wrong or 'as expected'}")
    done.bad += bool(wrong)
    known = rules.Known(os.path.join(guest.HERE, "client-errors.yaml"), "devices")
    for i, (path, codec) in enumerate(streams):
        names = device.register_names(kernel, codec)
        oracle, driver = (_result(work, f"{i}-{name}", formats, names.outputs(device.outputs))
                          for name in ("oracle", "driver"))
        late = not args.check and known.start(path, args.client)
        first = 0 if args.check else known.first(path)
        for run in (oracle, driver):
            run.jobs = run.jobs[:first or None]
            stream.annotate(run.jobs, path, codec, device.mode, late, args.client)
        result = registers.compare(oracle.jobs, driver.jobs, names, device, codec)
        name = os.path.basename(path) + (" gst" if args.client == "gst" else "")
        if _too_small(device, path):
            _refused(f"{device.name} {codec} {name}", driver, args.lines, done)
            continue
        why = _why(oracle, driver, result, late, first)
        _report(f"{device.name} {codec} {name}", why, result, args.lines, say)
        if not why and (args.check or args.changes and codec not in done.changed):
            done.changed.add(codec)
            _changes(f"{device.name} {codec} {name}", done, args, oracle.jobs, driver.jobs, names,
                     device, codec)
        done.bad += bool(why)
        done.table[totals.key(device, codec, args.client, path)] = totals.row(result, why)
    return done


def _in_scope(args, device, streams):
    """The streams that can be compared on the device; the others are named."""
    known = rules.Known(os.path.join(guest.HERE, "client-errors.yaml"), "devices")
    found = []
    for path, codec in streams:
        why = not args.check and known.error(path, args.client)
        pixels = stream.picture(path)[2]
        if not device.format(pixels):
            why = f"out of scope: the device has no format for {pixels}"
        if why:
            label = f"{device.name} {codec} {os.path.basename(path)}"
            print(f"{'skip registers ' if args.lines else ''}{label}: {why}")
        else:
            found.append((path, codec))
    return found


def run(argv):
    """Runs the comparison; returns the exit status."""
    args = _arguments(argv)
    wanted = list(devices.DEVICES.values())
    if args.files[0] in devices.DEVICES:
        wanted = [devices.DEVICES[args.files.pop(0)]]
    streams, unknown = _streams(args.files)
    for path in unknown:
        print(f"{path}: not a stream that can be compared")
    bad, table, work = len(unknown), {}, {}
    for device in wanted:
        mine = _in_scope(args, device, [pair for pair in streams if pair[1] in device.codecs])
        if mine or len(wanted) == 1:
            work[device] = mine
    guest.tool("build-kernel")  # once, before several boots want it
    # a guest has one processor
    with tempfile.TemporaryDirectory(prefix="registers.") as tmp, \
            ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for done in pool.map(lambda device: _device(
                args, device, work[device], os.path.join(args.keep or tmp, device.name)), work):
            print("\n".join(done.lines), flush=True)
            bad += done.bad
            table |= done.table
    count = {name: sum(row[name] for row in table.values()) for name in totals.COLUMNS}
    print(f"{'# ' if args.lines else ''}registers: {count['streams']} comparisons, "
          f"{count['jobs']} jobs, {count['registers']} registers: "
          f"{count['different']} different; {bad} failed")
    table = totals.load(args.totals) | table
    if args.totals:
        totals.save(args.totals, table)
    if args.table:
        with open(args.table, "w", encoding="utf-8") as out:
            out.write(totals.table(table, devices.DEVICES))
    return 1 if bad else 0
