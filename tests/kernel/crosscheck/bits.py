# SPDX-License-Identifier: MIT
"""Bit fields in the tables that hardware reads: numbered from the lowest bit of the first byte."""


def read(data, at, count):
    """The number in `count` bits from bit `at`."""
    first, last = at // 8, (at + count + 7) // 8
    return int.from_bytes(data[first:last], "little") >> at % 8 & (1 << count) - 1


def write(data, at, count, value):
    """Sets `count` bits from bit `at`."""
    first, last = at // 8, (at + count + 7) // 8
    word = int.from_bytes(data[first:last], "little")
    mask = (1 << count) - 1
    word = word & ~(mask << at % 8) | (value & mask) << at % 8
    data[first:last] = word.to_bytes(last - first, "little")
