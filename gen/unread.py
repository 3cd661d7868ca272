# SPDX-License-Identifier: MIT
"""The page of fields that no tested driver of the kernel reads: there pixels cannot show a mistake."""

#: Drivers that run on simulated registers in tests/kernel (devices.py there).
TESTED = ("cedrus", "hantro", "rkvdec")


def page(views, head):
    """The Markdown page over all codecs."""
    drivers = ", ".join(TESTED[:-1]) + " and " + TESTED[-1]
    text = head + "# Fields that no tested driver reads\n\n"
    text += (
        f"Of the drivers of Linux 6.12, {drivers} run in the tests (`tests/crosscheck "
        "--registers`). What they read is seen there as a register, a sequence of writes to one or a "
        "table in memory; the fields and flags below are not. They are filled all the same: the "
        "virtual decoder rebuilds "
        "the stream from them, and what they are is compared with an independent client's "
        "([crosscheck.md](crosscheck.md)). Who reads what is measured from the kernel's source "
        "(`tests/table/readers`).\n\n"
    )
    text += "| Codec | all | read by a tested driver | only by others | by none |\n"
    text += "|---|--:|--:|--:|--:|\n"
    for view in views:
        counts = [len(_chosen(view, kind)) for kind in (_tested, _others, _nobody)]
        total = len(view.account.entries)
        text += f"| [{view.name}]({view.name}.md) | {total} | "
        text += " | ".join(map(str, counts)) + " |\n"
    for view in views:
        text += f"\n## {view.name}\n"
        text += _section(view, _nobody, "Read by no driver of Linux 6.12")
        text += _section(view, _others, "Read by drivers alone that the tests do not have")
    return text


def _readers(item):
    return item.row.entry.get("read_by", [])


def _tested(item):
    return bool(set(_readers(item)) & set(TESTED))


def _others(item):
    return bool(_readers(item)) and not _tested(item)


def _nobody(item):
    return not _readers(item)


def _chosen(view, kind):
    return [item for item in view.account.entries if kind(item)]


def _section(view, kind, title):
    """One list: a line a control; who reads a field stands behind it."""
    text = ""
    for control in view.codec.controls:
        items = [item for item in _chosen(view, kind) if item.control is control]
        if items:
            text += f"- {control.cid}: " + ", ".join(map(_name, items)) + "\n"
    return f"\n{title}:\n\n{text}" if text else ""


def _name(item):
    readers = ", ".join(_readers(item))
    value = "" if item.kind != "not carried" else "not carried by VA"
    remark = "; ".join(part for part in (readers, value) if part)
    return f"`{item.name}`" + (f" ({remark})" if remark else "")
