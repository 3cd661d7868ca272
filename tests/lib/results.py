# SPDX-License-Identifier: MIT
"""Running test cases two at a time and counting how they end."""

import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

PASSED, FAILED, SKIPPED = "ok", "not ok", "skip"


class Failure(Exception):
    """A test failed; the text says how."""


class Skip(Exception):
    """A test cannot run here; the text says why."""


@dataclass
class Case:
    """A test: `run()` returns None or a note when it passes, raises Failure or Skip, or returns a
    list of Outcome when it stands for several tests. A case with `alone` set gets both cores; one with
    `named` set runs only when its suite is named."""

    name: str
    run: Callable
    alone: bool = False
    named: bool = False


@dataclass
class Outcome:
    """How one test ended."""

    state: str
    name: str
    detail: str = ""
    seconds: float = 0.0

    def line(self):
        detail = f": {self.detail.strip()}" if self.detail and self.detail.strip() else ""
        return f"{self.state} {self.name} ({self.seconds:.1f} s){detail}"


def _attempt(case):
    start = time.monotonic()

    def outcome(state, detail):
        return [Outcome(state, case.name, detail, time.monotonic() - start)]

    try:
        answer = case.run()
    except Skip as reason:
        return outcome(SKIPPED, str(reason) or "no reason given")
    except Failure as reason:
        return outcome(FAILED, str(reason))
    except Exception:  # pylint: disable=broad-except - a broken test is a failed test
        return outcome(FAILED, traceback.format_exc())
    return answer if isinstance(answer, list) else outcome(PASSED, answer or "")


class Tally:
    """Counts outcomes and prints each as it comes."""

    def __init__(self):
        self.counts = {PASSED: 0, FAILED: 0, SKIPPED: 0}
        self.failures = []

    def add(self, outcome):
        self.counts[outcome.state] += 1
        if outcome.state == FAILED:
            self.failures.append(outcome.name)
        print(f"  {outcome.line()}", flush=True)

    def summary(self):
        return (f"{self.counts[PASSED]} passed, {self.counts[FAILED]} failed, "
                f"{self.counts[SKIPPED]} skipped")


def run_suite(name, cases, total, workers=2):
    """Runs the `cases` of suite `name`, adds each outcome to `total`, prints the suite's time."""
    start = time.monotonic()
    print(f"== {name}", flush=True)
    tally = Tally()
    cases = list(cases)
    for alone in (case for case in cases if case.alone):
        for outcome in _attempt(alone):
            tally.add(outcome)
    with ThreadPoolExecutor(workers) as pool:
        for outcomes in pool.map(_attempt, [case for case in cases if not case.alone]):
            for outcome in outcomes:
                tally.add(outcome)
    if not sum(tally.counts.values()):
        tally.add(Outcome(FAILED, name, "the suite holds no test"))
    for state, count in tally.counts.items():
        total.counts[state] += count
    total.failures += [f"{name}: {failure}" for failure in tally.failures]
    print(f"== {name}: {tally.summary()} ({time.monotonic() - start:.0f} s)", flush=True)
    sys.stdout.flush()
