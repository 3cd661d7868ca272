# SPDX-License-Identifier: MIT
"""Tables as one SVG of horizontal bars."""

from html import escape

WIDTH, LABEL, BAR, ROW_GAP = 900, 300, 11, 5
COLOURS = ("#3465a4", "#cc7a00", "#73963f", "#8f5b9e", "#888a85")


def _text(x, y, text, size=11, anchor="start", weight="normal"):
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" ' \
           f'font-weight="{weight}">{escape(text)}</text>'


def _legend(table, y):
    parts, x = [], LABEL
    for n, name in enumerate(table.bars):
        parts.append(f'<rect x="{x}" y="{y - 9}" width="9" height="9" fill="{COLOURS[n]}"/>')
        parts.append(_text(x + 13, y, name))
        x += 30 + 7 * len(name)
    return parts


def _bars(table, y):
    rows = list(table.labels())
    largest = max((value for _, values in rows for value in values if value), default=1) or 1
    parts = []
    for label, values in rows:
        parts.append(_text(LABEL - 8, y + 9, label, anchor="end"))
        for n, value in enumerate(values):
            if value is not None:
                length = (WIDTH - LABEL - 90) * value / largest
                shown = f"{value:.2f}" if value < 100 else f"{value:,.0f}"
                parts.append(f'<rect x="{LABEL}" y="{y}" width="{max(length, 1):.1f}" '
                             f'height="{BAR - 1}" fill="{COLOURS[n]}"/>')
                parts.append(_text(LABEL + length + 4, y + 9, shown, size=9))
            y += BAR
        y += ROW_GAP
    return parts, y


def svg(tables):
    """The text of an SVG file with a chart for each table that has bars."""
    parts, y = [], 10
    for table in tables:
        if not table.bars or not table.rows:
            continue
        parts += [_text(10, y + 16, table.title, size=13, weight="bold"), *_legend(table, y + 34)]
        bars, y = _bars(table, y + 44)
        parts += bars
        y += 16
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" ' \
           f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>' \
           + "\n".join(parts) + "</svg>\n"
