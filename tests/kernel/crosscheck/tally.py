# SPDX-License-Identifier: MIT
"""Counts of comparisons by field, kept in a file, so that a long comparison can be made in parts."""
import collections
import json
import os
import re

from . import compare

VALUES = 99  # different values of a field that are told apart


def of(summary, structs):
    """{name of the comparison: its counts}. summary: the entries of main.main(); structs:
    layout.Layouts. The counts:
      codec, client, ok, jobs
      structs: {control struct: {"jobs": n, "fields": {field: [values in a struct, values sent]}}}
      excuses: [[field with its struct, condition of the rule, times]]
      different: {field with its struct: times}
    """
    return {_name(entry): _counts(entry, structs) for entry in summary if "comparison" in entry}


def _name(entry):
    path = entry["file"]
    name = re.sub(r"-[0-9a-f]{10}(?=\.\w+$)", "", os.path.basename(path))  # a self-made clip's
    folder = os.path.basename(os.path.dirname(path))
    return f"{folder}/{name} {entry['codec']} {entry['mode']} {entry['client']}"


def _counts(entry, structs):
    result = entry["comparison"]
    return {
        "codec": entry["codec"], "client": entry["client"], "mode": entry["mode"],
        "ok": entry["ok"], "jobs": result.jobs,
        "structs": {name: {"jobs": count, "fields": _fields(structs[name], result.samples[name])}
                    for name, count in result.structs.items()},
        "excuses": [[field, condition, times] for field, rules in result.excuses.items()
                    for condition, times in rules.items()],
        "different": dict(result.by_field),
    }


def _fields(struct, samples):
    """{generic field: [how many there are in the struct, the values of a sample that the oracle
    sent]}."""
    widths, values = collections.Counter(), collections.defaultdict(set)
    for leaf in struct.leaves:
        name = compare.generic(leaf.path)
        widths[name] += 1
        if len(values[name]) < VALUES:
            values[name].update(leaf.read(data) for data in samples)
    return {name: [widths[name], sorted(values[name])[:VALUES]] for name in widths}


def load(path):
    """The counts of a file; none when there is no file yet."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def save(path, counts):
    """Writes the counts; a reader sees the old file or the new one."""
    with open(path + ".new", "w", encoding="utf-8") as out:
        json.dump(counts, out)
    os.replace(path + ".new", path)
