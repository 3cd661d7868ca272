# SPDX-License-Identifier: MIT
"""A minute of every libFuzzer target over its corpus and from there on, two at a time."""

import os

from results import Case
from suites import faults, helpers


def _fuzzers():
    """The targets; one of them plays recordings of every codec."""
    made = [faults.recording(codec, "hantro") for codec in faults.CLIPS]
    directory = made[0][0].parent
    return helpers.meson_tests("fuzz", options=["--suite", "fuzz"],
                               env={**os.environ, "FUZZ_RECORDINGS": str(directory)})


def cases():
    return [helpers.build_case("fuzz"), Case("fuzzers", _fuzzers)]
