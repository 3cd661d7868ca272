# SPDX-License-Identifier: MIT
"""Which file writes which part of a context, and of what hangs on it: one each."""

import re

import floors

#: Expression that leads to the part -> the file of src/decode that writes it. open.c creates all.
OWNERS = {
    r"(?:context|from|parked|other)->queues\b|\bqueues": "queues",
    r"(?:context|from|parked|other)->output\b": "output_pool",
    r"(?:context|from|parked|other)->captures\b": "capture_pool",
    r"(?:context|from|parked|other)->reserve\b": "reserve",
    r"(?:context|from|parked|other)->(?:jobs|waiting)\b|\bjobs": "jobs",
    r"(?:context|from|parked|other)->damage\b|\bdamage": "outcome",
    r"(?:context|from|parked|other)->collection\b": "collect",
    r"(?:context|from|parked|other)->deferred\b|\bdeferred": "deferred",
    r"(?:context|from|parked|other)->fields\b|\bfields": "fields",
    r"\bslot": "output_pool",
    r"\bcapture(?!->outcome\b|->surface->)": "capture_pool",
    r"\bcapture(?=->outcome\b)": "outcome",
    r"(?:\w+->)?(?:surface|display)(?=->(?:context|capture|timestamp|memory)\b)": "surface",
    r"(?:\w+->)?(?:surface|display)(?=->(?:state|pending_jobs)\b)": "outcome",
}
CREATOR = "open"

_STEP = r"(?:(?:->|\.)\w+|\[[^\]]*\])"
_WRITES = r"\s*(?:[-+|&]?=(?!=)|\+\+|--)"


def writers(part, files):
    """Files of src/decode and src/va that assign to something of the part."""
    written = re.compile(rf"(?:^|[^\w>.])(?:{part}){_STEP}+{_WRITES}"
                         rf"|(?:\+\+|--)(?:{part}){_STEP}+", re.MULTILINE)
    found = set()
    for path, text in files.items():
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        if path.endswith(".c") and written.search(code):
            found.add(path.rsplit("/", 1)[-1].removesuffix(".c"))
    return found


def wrong():
    """"PART: FILE" of all that is written by another file than its owner."""
    files = {path: text for path, text in floors.sources().items()
             if path.startswith(("decode/", "va/"))}
    return [f"{owner}'s part is written by {name}" for part, owner in OWNERS.items()
            for name in sorted(writers(part, files) - {owner, CREATOR})]
