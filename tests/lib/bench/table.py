# SPDX-License-Identifier: MIT
"""Results of measurements: tables that can be printed, written as JSON and drawn."""

from dataclasses import dataclass, field


@dataclass
class Table:
    """`rows` of values under `columns`. `bars`: the columns that a chart shows, for each row, under
    the text of the columns before the first of them."""

    name: str
    title: str
    columns: list
    rows: list = field(default_factory=list)
    bars: tuple = ()
    note: str = ""

    def text(self):
        """For a terminal."""
        cells = [self.columns, *([_shown(value) for value in row] for row in self.rows)]
        widths = [max(len(row[n]) for row in cells) for n in range(len(self.columns))]
        numeric = [all(not isinstance(row[n], str) for row in self.rows)
                   for n in range(len(self.columns))]
        lines = ["  ".join(cell.rjust(width) if right else cell.ljust(width)
                           for cell, width, right in zip(row, widths, numeric)).rstrip()
                 for row in cells]
        return "\n".join([self.title, *lines, *([self.note] if self.note else []), ""])

    def as_json(self):
        return {"title": self.title, "note": self.note,
                "rows": [dict(zip(self.columns, row)) for row in self.rows]}

    def labels(self):
        """The text of each row, and the numbers of each that the chart shows."""
        end = min((self.columns.index(name) for name in self.bars), default=0)
        for row in self.rows:
            values = [row[self.columns.index(name)] for name in self.bars]
            yield " ".join(_shown(value) for value in row[:end]), values


def _shown(value):
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
