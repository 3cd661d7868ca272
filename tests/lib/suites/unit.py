# SPDX-License-Identifier: MIT
"""Unit tests with both compilers, and the table's own checks."""

from results import Case
from suites import helpers


def _generated_is_fresh():
    helpers.python("gen/generate", "--check")


def _table_is_complete():
    return helpers.python("gen/generate", "--totals").stdout.decode()


def cases():
    return [
        Case("generated-is-fresh", _generated_is_fresh),
        Case("table-is-complete", _table_is_complete),
        helpers.build_case("gcc"),
        helpers.build_case("clang"),
        Case("meson-test-gcc", lambda: helpers.meson_tests("gcc", prefix="gcc/")),
        Case("meson-test-clang", lambda: helpers.meson_tests("clang", prefix="clang/")),
    ]
