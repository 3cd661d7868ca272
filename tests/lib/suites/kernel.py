# SPDX-License-Identifier: MIT
"""The kernel's own request API and validation, in a guest: what tests/kernel/suite reports."""

from results import Case
from suites import helpers


def _run(*options):
    made = helpers.must_build("")
    return helpers.reported_tests(
        ["tests/kernel/suite", "--driver", made.driver_dir, *options], limit=7200)


def cases():
    return [Case("suite", _run, alone=True)]


def full_cases():
    """The longer form of the suite."""
    return [Case("suite", lambda: _run("--full"), alone=True)]
