# SPDX-License-Identifier: MIT
"""The kernel's own request API and validation, in a guest: what tests/kernel/suite reports."""

from results import Case
from suites import helpers

SUITE = "quick"
#: The first one runs alone: it installs what is missing and builds the kernel. The longest come
#: first, and "boots", which waits, beside the longest.
PARTS = ("rules", "crosscheck", "boots", "faults", "reader", "clients", "lifecycle", "sharing",
         "endurance")


def _part(name, *options):
    """Runs one part of tests/kernel/suite over the driver that all suites use."""
    made = helpers.must_build("")
    return helpers.reported_tests(
        ["tests/kernel/suite", "--driver", made.driver_dir, *options, name], limit=7200)


def _readers():
    """Which control fields the kernel's drivers read, from their source, is what the table says."""
    helpers.succeed(["bash", "-c", ". tests/kernel/env.sh; need linux-source-6.12 clang "
                     "python3-clang"], cwd=helpers.tools.ROOT, limit=1200)
    return helpers.reported_tests(["tests/table/readers"], limit=600)


def cases():
    listed = [Case(name, lambda name=name: _part(name), alone=name == PARTS[0]) for name in PARTS]
    return [*listed[:4], Case("readers", _readers), *listed[4:]]


def full_cases():
    """Every clip, stream, client and fault point."""
    return [Case(name, lambda name=name: _part(name, "--full"), alone=True) for name in PARTS]
