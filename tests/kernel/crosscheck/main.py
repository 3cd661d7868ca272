# SPDX-License-Identifier: MIT
"""The command line of tests/crosscheck."""
import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import clients, compare, guest, layout, page, rules, stream, tally

PROJECT = os.path.dirname(os.path.dirname(guest.HERE))
TWO_MODES = ("h264", "hevc")  # the others have no decode mode control
SHOWN = 12                    # differing fields listed for a stream
WORKERS = len(os.sched_getaffinity(0))


def _arguments():
    parser = argparse.ArgumentParser(prog="crosscheck", description="Compares what the driver and "
                                     "an independent client send to the kernel.")
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--mode", choices=("slice", "frame", "both"), default="both",
                        help="decode mode of the device, for codecs that have one")
    parser.add_argument("--client", action="append", choices=clients.CLIENTS + ("oracle",),
                        help="VA client, several allowed (ffmpeg, gst)")
    parser.add_argument("--quick", action="store_true", help="of codecs with two decode modes, each "
                        "mode with one client only, in turn")
    parser.add_argument("--driver", default=os.path.join(PROJECT, "build", "src"), metavar="DIR",
                        help="directory of v4l2_request_drv_video.so")
    parser.add_argument("--seconds", type=int, default=60, help="limit of one decode")
    parser.add_argument("--tally", metavar="FILE", help="keep the counts of each comparison there; "
                        "those of earlier runs stay, but for comparisons that are repeated")
    parser.add_argument("--page", metavar="FILE.md", help="write the page of compared fields, of "
                        "the tally or else of this run")
    parser.add_argument("--json", metavar="FILE", help="write the results for other programs")
    parser.add_argument("--keep", metavar="DIR", help="keep traces and logs there")
    parser.add_argument("--lines", action="store_true",
                        help='print "ok NAME" or "not ok NAME: why" for each comparison')
    return parser.parse_args()


def cache_directory():
    """Where the guest kernel and the newer root are kept (env.sh has the same)."""
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                        "libva-v4l2-stateless")


@dataclass
class Stream:
    """A stream in one decode mode, and the clients whose decodes are compared."""

    path: str
    codec: str
    mode: str
    clients: list
    raw: str = ""  # stream.raw() of it


def _plan(args):
    """[Stream] of the files that can be compared, and the others' names."""
    wanted = args.client or ["ffmpeg", "gst"]
    plan, unknown = [], []
    paths = [os.path.abspath(file) for file in args.files]
    with ThreadPoolExecutor(WORKERS) as pool:
        codecs = list(pool.map(stream.codec_of, paths))
    for n, (file, path, codec) in enumerate(zip(args.files, paths, codecs)):
        if not codec:
            unknown.append(file)
            continue
        modes = ("frame", "slice") if args.mode == "both" else (args.mode,)
        if codec not in TWO_MODES:
            modes = ("frame",)
        for i, mode in enumerate(modes):
            # in the next stream the clients change places
            some = wanted[(i + n) % len(modes)::len(modes)] if args.quick else wanted
            plan.append(Stream(path, codec, mode, some))
    return plan, unknown


def _commands(args, plan, work, known):
    newer = any(clients.needs_root(client, one.codec)
                for one in plan for client in ["oracle", *one.clients])
    environment = clients.Environment(
        os.path.abspath(args.driver), guest.build_shim(work), cache_directory(),
        root=guest.tool("build-root") if newer else None, here=guest.HERE,
        visible=[os.path.dirname(one.path) for one in plan])
    with ThreadPoolExecutor(WORKERS) as pool:
        raws = pool.map(lambda i: stream.raw(plan[i].path, plan[i].codec, work, str(i)),
                        range(len(plan)))
    commands = {}
    for i, (one, raw) in enumerate(zip(plan, raws)):
        one.raw = raw
        commands |= {f"{i}-{client}": environment.command(client, one.codec, raw, one.mode)
                     for client in ["oracle", *one.clients] if not known.error(one.path, client)}
    return commands


def _annotate(plan, results):
    """Tells the oracle's jobs which slices they decode."""
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda i: f"{i}-oracle" in results and stream.annotate(
            results[f"{i}-oracle"].jobs, plan[i].raw, plan[i].codec, plan[i].mode),
            range(len(plan))))


def _describe(result):
    extra = ""
    if result.started:
        extra = f" (of the oracle's {result.oracle_jobs} and the driver's {result.driver_jobs})"
    return f"{result.jobs} jobs{extra}, {_counts([result])}"


def _counts(results):
    """The fields of some comparisons by outcome, for people."""
    def total(kind):
        return sum(result.allowed[kind] for result in results)

    return (f"{sum(r.fields for r in results)} fields: {sum(r.equal for r in results)} equal, "
            f"{total(rules.EXCUSED)} excused, {total(rules.WITHOUT_EFFECT)} without effect, "
            f"{total(rules.NOT_CARRIED)} not carried, "
            f"{sum(r.different for r in results)} different")


def _why(result):
    """What is wrong with a comparison, in a line; empty when nothing is."""
    if not result.jobs:
        return "no job to compare"
    if not result.same_jobs:
        return f"the oracle ran {result.oracle_jobs} jobs, the driver {result.driver_jobs}"
    if result.differences:
        first = result.differences[0]
        return (f"{result.different} fields differ, first: job {first.job} (picture "
                f"{first.picture}) {first.field}: oracle {first.oracle}, driver {first.driver}")
    return ""


def _line(label, result):
    """Prints one comparison as a test result; returns whether nothing is different."""
    why = _why(result)
    print(f"not ok crosscheck {label}: {why}" if why else
          f"ok crosscheck {label}: {_describe(result)}")
    return not why


def _report(label, result):
    """Prints one comparison; returns whether nothing is different."""
    good = not _why(result)
    print(f"{label}: {_describe(result)}{'' if good else ' DIFFERENT'}")
    if not result.jobs:
        print("    no job to compare")
    if not result.same_jobs:
        print(f"    the oracle ran {result.oracle_jobs} jobs, the driver {result.driver_jobs}")
    if result.differences:
        first = result.differences[0]
        print(f"    first: job {first.job} (picture {first.picture}) {first.field}: "
              f"oracle {first.oracle}, driver {first.driver}")
        for name, count in result.by_field.most_common(SHOWN):
            example = next(d for d in result.differences if compare.generic(d.field) == name)
            print(f"    {count} x {name} (job {example.job}: {example.field} oracle "
                  f"{example.oracle}, driver {example.driver})")
        if len(result.by_field) > SHOWN:
            print(f"    and {len(result.by_field) - SHOWN} other fields")
    return good


def _failed(results, stream, client, first):
    """Why one of the two clients did not decode; None when both did. first: how many jobs are compared
    of an oracle that fails behind them; 0: all."""
    for name in ("oracle", client):
        result = results[f"{stream}-{name}"]
        if first and len(result.jobs) < first:
            return f"{name} failed: {len(result.jobs)} jobs, {first} are to be compared"
        if result.failure() and not (first and name == "oracle" and result.status != "overrun"):
            return f"{name} failed: {result.failure()}"
    return None


def main():
    """Runs the comparison; returns the exit status."""
    args = _arguments()
    plan, unknown = _plan(args)
    rulebook = rules.load(os.path.join(guest.HERE, "rules.yaml"))
    known = rules.Known(os.path.join(guest.HERE, "client-errors.yaml"), "visl")
    structs = layout.layouts(guest.kernel_include())
    bad, summary = len(unknown), []
    for file in unknown:
        print(f"{file}: not a stream that can be compared")
    with tempfile.TemporaryDirectory(prefix="crosscheck.") as tmp:
        work = args.keep or tmp
        os.makedirs(work, exist_ok=True)
        results = guest.run(_commands(args, plan, work, known), work, args.seconds)
        _annotate(plan, results)
    for i, one in enumerate(plan):
        path, codec, mode = one.path, one.codec, one.mode
        for client in one.clients:
            name = os.path.basename(path) if args.lines else os.path.relpath(path)
            label = f"{name} {codec} {mode} {client}"
            entry = {"file": path, "codec": codec, "mode": mode, "client": client, "ok": False}
            summary.append(entry)
            error = known.error(path, client)
            if error:
                print(f"{'skip crosscheck ' if args.lines else ''}{label}: {error}")
                summary.pop()
                continue
            first = known.first(path)
            failed = _failed(results, i, client, first)
            refused = not results[f"{i}-{client}"].jobs and stream.out_of_scope(path, codec)
            if refused:
                print(f"{'skip crosscheck ' if args.lines else ''}{label}: refused: {refused}")
                summary.pop()
                continue
            if failed:
                print(f"not ok crosscheck {label}: {failed}" if args.lines else
                      f"{label}: {failed}")
                bad += 1
                continue
            result = compare.compare(*(results[f"{i}-{name}"].jobs[:first or None]
                                       for name in ("oracle", client)),
                                     structs, rulebook, mode, client,
                                     known.start(path, client), known.fields(path))
            entry["comparison"] = result
            entry["ok"] = (_line if args.lines else _report)(label, result)
            bad += not entry["ok"]
    total = [entry["comparison"] for entry in summary if "comparison" in entry]
    print(f"{'# ' if args.lines else ''}crosscheck: {len(summary)} comparisons, "
          f"{sum(r.jobs for r in total)} jobs, {_counts(total)}; {bad} failed")
    if args.tally or args.page:
        counts = tally.load(args.tally) if args.tally else {}
        counts |= tally.of(summary, structs)
        if args.tally:
            tally.save(args.tally, counts)
        if args.page:
            page.write(args.page, counts, rulebook)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump([{k: v for k, v in e.items() if k != "comparison"} for e in summary], out)
    if not total and not bad:
        print("not ok crosscheck: nothing was compared" if args.lines else "nothing was compared")
    return 1 if bad or not total else 0


if __name__ == "__main__":
    sys.exit(main())
