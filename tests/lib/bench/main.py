# SPDX-License-Identifier: MIT
"""tests/bench [MEASUREMENT...] [--json FILE] [--svg FILE]: what a frame costs.

Measurements: syscalls (in the guest with a real kernel), instructions, copies, pipelining, memory,
start, readback, growth. Without a name: all of them. Times are this machine's; counts are the
driver's. Nothing here fails because a machine is slow: tests/run cost asserts the counts.
"""

import argparse
import importlib
import json
import sys

from bench import chart
from results import Failure

MEASUREMENTS = ("syscalls", "instructions", "copies", "pipelining", "memory", "start", "readback",
                "growth")


def main(arguments):
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="tests/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurements", nargs="*", metavar="MEASUREMENT")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--svg", metavar="FILE")
    options = parser.parse_args(arguments)
    unknown = set(options.measurements) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}")
    tables, failed = [], False
    for name in options.measurements or MEASUREMENTS:
        try:
            found = importlib.import_module(f"bench.{name}").measure()
        except Failure as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
            continue
        for table in found:
            print(table.text(), flush=True)
        tables += found
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({table.name: table.as_json() for table in tables}, out, indent=1)
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as out:
            out.write(chart.svg(tables))
    return failed
