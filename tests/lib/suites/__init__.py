# SPDX-License-Identifier: MIT
"""The suites of tests/run: each module has cases(), which returns results.Case objects."""
