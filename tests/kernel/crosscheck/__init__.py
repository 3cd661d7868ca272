# SPDX-License-Identifier: MIT
"""Compares what two clients of one kernel decoder sent it, control by control and field by field."""
