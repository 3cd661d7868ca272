# SPDX-License-Identifier: MIT
"""Runs the named suites, or all quick ones; called by tests/run."""

import argparse
import importlib
import re
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "clips")]

import results  # noqa: E402

#: The quick suites in the order in which they run. A module of `suites` that says SUITE = "quick"
#: joins them without being listed here.
FIRST = ("unit", "va", "virtdec", "gstreamer", "lint", "install", "sanitize", "faults", "fuzz",
         "kernel", "registers")
#: Suites that run only when they are named: (module, function).
NAMED = {"faults-full": ("faults", "full_cases"),
         "lying-kernel-full": ("faults", "lying_kernel_cases"), "kernel-full": ("kernel", "full_cases"),
         "registers-full": ("registers", "full_cases"), "packages": ("packages", "cases")}


def quick_suites():
    """The names of the suites that run when none is named."""
    modules = {path.stem for path in (TESTS / "lib" / "suites").glob("*.py")} - set(FIRST)
    others = [name for name in sorted(modules - {"__init__"})
              if hasattr(module := importlib.import_module(f"suites.{name}"), "SUITE")
              and module.SUITE == "quick"]
    return [*FIRST, *others]


def suite_cases(name):
    """The cases of suite `name`."""
    module, function = NAMED.get(name, (name, "cases"))
    return getattr(importlib.import_module(f"suites.{module}"), function)()


def main(arguments):
    parser = argparse.ArgumentParser(prog="tests/run", description=__doc__)
    parser.add_argument("suites", metavar="SUITE", nargs="*")
    parser.add_argument("--only", metavar="REGEX", type=re.compile, default=re.compile(""),
                        help="only the tests whose names match, and the builds")
    chosen = parser.parse_args(arguments)
    names = chosen.suites
    quick = quick_suites()
    unknown = [name for name in names if name not in quick and name not in NAMED]
    if unknown:
        sys.exit(f"tests/run: no suite {', '.join(unknown)}; there are: "
                 f"{', '.join([*quick, *NAMED])}")
    start = time.monotonic()
    total = results.Tally()
    for name in names or quick:
        cases = [case for case in suite_cases(name)
                 if (names or not case.named)
                 and (chosen.only.search(case.name) or case.name.startswith("build-"))]
        results.run_suite(name, cases, total)
    if total.failures:
        print("failed:", *total.failures, sep="\n  ")
    print(f"all suites took {time.monotonic() - start:.0f} s")
    print(total.summary(), flush=True)
    return 1 if total.counts[results.FAILED] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
