# SPDX-License-Identifier: MIT
"""Proves crosscheck/registers.py and what it leaves out, with made-up jobs: see ../check-registers."""
