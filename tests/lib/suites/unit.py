# SPDX-License-Identifier: MIT
"""The table and its generator, and unit tests with both compilers."""

from results import Case
from suites import helpers


def _generated_is_fresh():
    helpers.python("gen/generate", "--check")


def cases():
    return [
        Case("generated-is-fresh", _generated_is_fresh),
        Case("table", lambda: helpers.reported_tests(["tests/table/suite"], limit=1200)),
        helpers.build_case("gcc"),
        helpers.build_case("clang"),
        # Alone: the other builds' tests find the traces that it has made.
        Case("meson-test-gcc", lambda: helpers.meson_tests(
            "gcc", prefix="gcc/", options=["--suite", "unit"]), alone=True),
        Case("meson-test-clang", lambda: helpers.meson_tests(
            "clang", prefix="clang/", options=["--suite", "unit"])),
    ]
