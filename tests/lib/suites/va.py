# SPDX-License-Identifier: MIT
"""VA-API calls over the driver and the virtual decoder: what no player's decode loop reaches."""

from results import Case
from suites import helpers


def cases():
    return [helpers.build_case("gcc"),
            Case("va", lambda: helpers.meson_tests("gcc", options=["--suite", "va"]))]
