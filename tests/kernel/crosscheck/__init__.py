# SPDX-License-Identifier: MIT
"""Compares what two clients of one kernel decoder sent it, field by field."""
