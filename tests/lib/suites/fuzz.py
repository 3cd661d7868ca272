# SPDX-License-Identifier: MIT
"""A minute of every libFuzzer target over its corpus and from there on, two at a time."""

from results import Case
from suites import helpers


def cases():
    return [helpers.build_case("fuzz"),
            Case("fuzzers", lambda: helpers.meson_tests("fuzz", options=["--suite", "fuzz"]))]
