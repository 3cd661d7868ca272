# SPDX-License-Identifier: MIT
"""The kernel's own request API and validation, in a guest: what tests/kernel/suite reports."""

import re

import tools
from results import FAILED, PASSED, SKIPPED, Case, Failure, Outcome

_LINE = re.compile(r"(ok|not ok|skip) (\S+)\s*(.*)")
_STATES = {"ok": PASSED, "not ok": FAILED, "skip": SKIPPED}


def _run(*options):
    suite = tools.ROOT / "tests" / "kernel" / "suite"
    if not suite.exists():
        raise Failure("tests/kernel/suite is missing")
    done = tools.run([suite, *options], limit=7200)
    outcomes = []
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        found = _LINE.fullmatch(line.strip())
        if found:
            outcomes.append(Outcome(_STATES[found.group(1)], found.group(2),
                                    found.group(3).lstrip("#:- ")))
    if not outcomes or (done.ending() and all(o.state != FAILED for o in outcomes)):
        outcomes.append(Outcome(FAILED, "suite", f"{done.ending() or 'no result'}\n"
                                                 f"{done.stderr[-3000:]}"))
    return outcomes


def cases():
    return [Case("suite", _run, alone=True)]


def full_cases():
    """The longer form of the suite."""
    return [Case("suite", lambda: _run("--full"), alone=True)]
