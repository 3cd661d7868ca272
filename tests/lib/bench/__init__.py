# SPDX-License-Identifier: MIT
"""What a frame costs: the measurements of tests/bench, a module each, with measure()."""
