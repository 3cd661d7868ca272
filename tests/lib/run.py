# SPDX-License-Identifier: MIT
"""Runs the named suites, or all quick ones; called by tests/run."""

import importlib
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "clips")]

import results  # noqa: E402

QUICK = ("unit", "va", "virtdec", "gstreamer", "sanitize", "lint", "fuzz", "install", "kernel",
         "registers")
#: Suites that run only when they are named: (module, function).
NAMED = {"kernel-full": ("kernel", "full_cases"), "registers-full": ("registers", "full_cases")}


def suite_cases(name):
    """The cases of suite `name`."""
    module, function = NAMED.get(name, (name, "cases"))
    return getattr(importlib.import_module(f"suites.{module}"), function)()


def main(names):
    unknown = [name for name in names if name not in QUICK and name not in NAMED]
    if unknown:
        sys.exit(f"tests/run: no suite {', '.join(unknown)}; there are: "
                 f"{', '.join([*QUICK, *NAMED])}")
    start = time.monotonic()
    total = results.Tally()
    for name in names or QUICK:
        results.run_suite(name, suite_cases(name), total)
    if total.failures:
        print("failed:", *total.failures, sep="\n  ")
    print(f"all suites took {time.monotonic() - start:.0f} s")
    print(total.summary(), flush=True)
    return 1 if total.counts[results.FAILED] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
