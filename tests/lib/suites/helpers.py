# SPDX-License-Identifier: MIT
"""What several suites need."""

import functools
import json
import re
import sys
import time

import build
import tools
from results import FAILED, PASSED, SKIPPED, Case, Failure, Outcome


def must_build(variant=""):
    """The Build of `variant`; a failed build fails the test that wanted it."""
    try:
        return build.build(variant)
    except build.BuildError as error:
        raise Failure(str(error)) from error


def succeed(command, limit=None, **kwargs):
    """Runs `command`; Failure with its output unless it exits with 0. Returns Finished."""
    done = tools.run(command, limit=limit, **kwargs)
    if done.ending():
        output = done.stdout.decode("utf-8", "replace") + done.stderr
        raise Failure(f"{done.ending()}\n{output[-4000:]}")
    return done


def python(*arguments, **kwargs):
    """Runs one of the project's Python programs with this interpreter; Failure if it fails."""
    return succeed([sys.executable, *arguments], cwd=tools.ROOT, **kwargs)


def build_case(variant):
    """A Case that builds `variant`."""
    return Case(f"build-{variant or 'default'}", lambda: must_build(variant) and None, alone=True)


_STATES = {"OK": PASSED, "EXPECTEDFAIL": PASSED, "SKIP": SKIPPED}


def meson_tests(variant, *, env=None, prefix="", options=()):
    """Runs `meson test` with `options` in `variant`; returns an Outcome for each test."""
    made = must_build(variant)
    log = made.path / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    done = tools.run(["meson", "test", "-C", made.path, "--no-rebuild", "--num-processes", "2",
                      *options],
                     env={"HEADER_TRACES": str(tools.build_root() / "traces"), **(env or {})},
                     limit=900)
    if not log.exists():
        if b"No tests defined" in done.stdout + done.stderr.encode():
            raise Failure("no tests are defined")
        raise Failure(f"meson test: {done.ending()}\n{done.stderr[-2000:]}")
    outcomes = []
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        state = _STATES.get(entry["result"], FAILED)
        detail = ""
        if state != PASSED:
            detail = f"{entry['result']}\n{(entry.get('stdout') or '')[-3000:]}" \
                     f"{(entry.get('stderr') or '')[-3000:]}"
        outcomes.append(Outcome(state, prefix + entry["name"], detail, entry["duration"]))
    if done.ending() and all(outcome.state != FAILED for outcome in outcomes):
        outcomes.append(Outcome(FAILED, f"{prefix}meson-test", done.ending()))
    return outcomes


_REPORTED = re.compile(r"(ok|not ok|skip) (.+?)(?:: (.*))?")
_REPORTED_STATES = {"ok": PASSED, "not ok": FAILED, "skip": SKIPPED}


def reported_tests(command, **kwargs):
    """Runs a program of the project that prints `ok NAME`, `not ok NAME: REASON` or
    `skip NAME: REASON` for each of its tests; returns an Outcome for each. Its lines that begin
    with "# " are shown: sums, and what was tried again."""
    if not (tools.ROOT / command[0]).exists():
        raise Failure(f"{command[0]} is missing")
    start = time.monotonic()
    done = tools.run([tools.ROOT / command[0], *command[1:]], cwd=tools.ROOT, **kwargs)
    outcomes = []
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        found = _REPORTED.fullmatch(line.strip())
        if line.startswith("# "):
            print(f"  {line}", flush=True)
        elif found:
            state, name, detail = found.groups()
            outcomes.append(Outcome(_REPORTED_STATES[state], name, detail or ""))
    quiet = all(outcome.state != FAILED for outcome in outcomes)
    if not outcomes or (done.ending() and quiet):
        outcomes.append(Outcome(FAILED, command[0], f"{done.ending() or 'no result'}\n"
                                                    f"{done.stderr[-3000:]}"))
    outcomes[-1].seconds = time.monotonic() - start
    return outcomes


@functools.lru_cache(maxsize=None)
def tracked_files(*patterns):
    """The project's files (relative paths) that match git's `patterns`: committed or about to be,
    without what .gitignore names; outside a git checkout, everything but builds."""
    done = tools.run(["git", "-C", tools.ROOT, "ls-files", "--cached", "--others",
                      "--exclude-standard", "--", *patterns])
    if done.ending():
        raise Failure(f"git ls-files: {done.stderr.strip()}")
    names = sorted(set(done.stdout.decode().split("\n")) - {""})
    return [name for name in names if (tools.ROOT / name).is_file()]
