# SPDX-License-Identifier: MIT
"""The rules for fields that may differ (../rules.yaml) and the conditions that they name.

A rule holds only where its condition is true of both sides' controls: a condition must not be made
true by the very value that is wrong.
"""
import os
import re
from dataclasses import dataclass

import yaml

from . import canonical


# The classes of rules.yaml and how many parts a line of each has.
EXCUSED, WITHOUT_EFFECT, NOT_CARRIED = "excused", "without_effect", "not_carried"
KINDS = {EXCUSED: 4, WITHOUT_EFFECT: 4, NOT_CARRIED: 5}


@dataclass(frozen=True)
class Rule:
    """One line of rules.yaml."""

    kind: str       # of KINDS
    codec: str
    field: str
    condition: str
    reason: str     # NOT_CARRIED: what a user will see
    readers: str    # NOT_CARRIED: the drivers that read the field
    pattern: re.Pattern

    def applies(self, path):
        """Whether the rule is about the field `path`."""
        return self.pattern.fullmatch(path) is not None


def _pattern(field):
    text = re.escape(field).replace(r"\[\*\]", r"\[\d+\]").replace(r"\*", r".*")
    return re.compile(text.replace(r"\?", "."))


class RuleError(Exception):
    """rules.yaml says something that cannot be."""


def load(path):
    """The rules of a file, in order."""
    with open(path, encoding="utf-8") as file:
        classes = yaml.safe_load(file)
    if not isinstance(classes, dict) or classes.keys() - KINDS:
        raise RuleError(f"{path}: wanted the classes {', '.join(KINDS)}")
    return [_rule(path, kind, line) for kind in KINDS for line in classes.get(kind) or []]


def _rule(path, kind, line):
    if not isinstance(line, list) or [type(part) for part in line] != [str] * KINDS[kind]:
        raise RuleError(f"{path}: {kind}: not {KINDS[kind]} strings: {line!r}")
    codec, field, condition, *readers, reason = line
    if condition not in CONDITIONS:
        known = ", ".join(CONDITIONS)
        raise RuleError(f"{path}: no condition {condition!r}; there are {known}")
    return Rule(kind, codec, field, condition, reason, "".join(readers), _pattern(field))


def _plain_name(path):
    """A stream's file name: a self-made clip's carries a digest of its recipe, which is left out."""
    return re.sub(r"-[0-9a-f]{10}(?=\.\w+$)", "", os.path.basename(path))


class Known:
    """What a client or the oracle itself gets wrong (../client-errors.yaml) where the two are compared:
    on "visl", or on the simulated "devices"."""

    def __init__(self, path, place):
        self._oracles = "oracle", f"oracle on {place}"
        with open(path, encoding="utf-8") as file:
            self._errors = {(name, client): (kind, reason)
                            for name, client, kind, reason in yaml.safe_load(file) or []}
        self._firsts = {int(kind.split()[1]) for kind, _ in self._errors.values()
                        if kind.startswith("first ")}

    def _find(self, path, client, kind):
        name = _plain_name(path)
        full = os.path.join(os.path.basename(os.path.dirname(path)), name)
        for wanted in (full, name):
            found, reason = self._errors.get((wanted, client), (None, None))
            if found == kind:
                return reason
        return None

    def error(self, path, client):
        """Why this client cannot be compared on the stream; None when it can."""
        return next(filter(None, (self._find(path, one, "all") for one in (client, *self._oracles))),
                    None)

    def first(self, path):
        """How many jobs the oracle does right before it fails in the middle of the stream; 0: all."""
        return next((n for n in self._firsts for one in self._oracles
                     if self._find(path, one, f"first {n}")), 0)

    def fields(self, path):
        """What the oracle gets wrong in the stream: {field: (its value, the right one, reason)}."""
        wrong = {}
        for (name, client), (kind, reason) in self._errors.items():
            match = re.fullmatch(r"(\S+) (\d+) for (\d+)", kind)
            if match and client == "oracle" and name == _plain_name(path):
                wrong[match[1]] = (int(match[2]), int(match[3]), reason)
        return wrong

    def start(self, path, client):
        """Why the client may begin the stream elsewhere than the oracle; None when it may not."""
        return self._find(path, client, "start")


class Control:
    """Reads a job's fields by name: Control(job, structs)["h264_pps.weighted_bipred_idc"]."""

    def __init__(self, job, structs, mode):
        self.job = job
        self.structs = structs
        self.mode = mode

    def __getitem__(self, path):
        name, leaf = path.split(".", 1)
        struct = self.structs["v4l2_ctrl_" + name]
        return struct.by_path[leaf].read(self.job.controls[struct.name])


def find(rules, path, sides):
    """The first rule that lets the field `path` differ on both `sides` (Control), or None."""
    codec = sides[0].job.codec
    for rule in rules:
        if rule.codec == codec and rule.applies(path):
            if all(CONDITIONS[rule.condition](side, path) for side in sides):
                return rule
    return None


def _index(path, name):
    return int(re.search(rf"{name}\[(\d+)\]", path)[1])


def _always(_side, _path):
    return True


def _not_first_slice(side, path):
    """Slice parameters behind the first of a frame-based job, whose slices share a buffer."""
    return side.mode == "frame" and not path.startswith("hevc_slice_params[0].")


def _list_entry_unused(side, path):
    """An entry of an H.264 reference list past the slice's active count."""
    n = 0 if "ref_pic_list0" in path else 1
    lists = side.structs["v4l2_ctrl_h264_slice_params"]
    data = side.job.controls[lists.name]
    slice_type = lists.by_path["slice_type"].read(data)
    active = canonical.active_references(lists, data, slice_type, n)
    return _index(path, r"ref_pic_list\d") >= active


def _list_entry_invalid(side, path):
    """An entry of an H.264 reference list that names no DPB entry."""
    return side[re.sub(r"\.fields$", ".index", path)] >= canonical.DPB_ENTRIES


def _weights_unused(side, path):
    """An H.264 weight that the slice does not use: no explicit weighted prediction, another slice
    type, or an entry past the active count (7.4.2.2, 7.4.3.2)."""
    slice_type = side["h264_slice_params.slice_type"]
    explicit = (side["h264_pps.flags.WEIGHTED_PRED"] and
                slice_type in (canonical.H264_SLICE_P, canonical.H264_SLICE_SP)) or (
        side["h264_pps.weighted_bipred_idc"] == 1 and slice_type == canonical.H264_SLICE_B)
    if not explicit:
        return True
    if "weight_factors" not in path:
        return False
    lists = side.structs["v4l2_ctrl_h264_slice_params"]
    n = _index(path, "weight_factors")
    active = canonical.active_references(lists, side.job.controls[lists.name], slice_type, n)
    entry = int(re.findall(r"\[(\d+)\]", path)[1])
    return entry >= active


def _transform_8x8_off(side, _path):
    return not side["h264_pps.flags.TRANSFORM_8X8_MODE"]


def _default_count_unused(side, path):
    """No slice of the job takes the PPS's default reference count of the list."""
    n = 0 if "_l0_" in path else 1
    return bool(side.job.slices) and not any(one.uses_default(n) for one in side.job.slices)


def _vp8_key_frame(side, _path):
    return side["vp8_frame.flags.KEY_FRAME"]


def _vp8_map_kept(side, _path):
    return not side["vp8_frame.segment.flags.UPDATE_MAP"]


def _vp8_no_segments(side, _path):
    return not side["vp8_frame.segment.flags.ENABLED"]


def _vp9_map_kept(side, _path):
    return not side["vp9_frame.seg.flags.UPDATE_MAP"]


def _vp9_intra_frame(side, _path):
    return side["vp9_frame.flags.KEY_FRAME"] or side["vp9_frame.flags.INTRA_ONLY"]


def _deblocking_control_empty(side, _path):
    """An HEVC picture parameter set whose deblocking control has only zeros (7.4.3.3.1)."""
    return not any(side["hevc_pps." + name] for name in (
        "flags.DEBLOCKING_FILTER_OVERRIDE_ENABLED", "flags.PPS_DISABLE_DEBLOCKING_FILTER",
        "pps_beta_offset_div2", "pps_tc_offset_div2"))


def _av1_shown_key_frame(side, _path):
    return side["av1_frame.frame_type"] == 0 and side["av1_frame.flags.SHOW_FRAME"]


def _av1_slots_unread(side, _path):
    """No frame of the stream reads the slots after this one."""
    return side.job.slots_unread


def _av1_tile_start_unused(side, path):
    """An entry past the end of the last tile."""
    count = "tile_cols" if "col_starts" in path else "tile_rows"
    return _index(path, "starts") > side[f"av1_frame.tile_info.{count}"]


def _av1_loop_filter_off(side, _path):
    return not any(side[f"av1_frame.loop_filter.level[{i}]"] for i in (0, 1))


def _av1_no_superres(side, _path):
    return not side["av1_frame.flags.USE_SUPERRES"]


def _av1_only_v_restored(side, _path):
    types = [side[f"av1_frame.loop_restoration.frame_restoration_type[{i}]"] for i in (1, 2)]
    return types[0] == 0 and types[1] != 0


CONDITIONS = {
    "AV1 only V is restored": _av1_only_v_restored,
    "AV1 shown key frame": _av1_shown_key_frame,
    "AV1 slots unread": _av1_slots_unread,
    "AV1 loop filter off": _av1_loop_filter_off,
    "AV1 tile start unused": _av1_tile_start_unused,
    "AV1 frame without super resolution": _av1_no_superres,
    "always": _always,
    "deblocking control empty": _deblocking_control_empty,
    "not the first slice of a buffer": _not_first_slice,
    "list entry unused": _list_entry_unused,
    "list entry names nothing": _list_entry_invalid,
    "weights unused": _weights_unused,
    "default count unused": _default_count_unused,
    "VP8 key frame": _vp8_key_frame,
    "VP8 segment map kept": _vp8_map_kept,
    "VP8 without segments": _vp8_no_segments,
    "VP9 intra frame": _vp9_intra_frame,
    "VP9 segment map kept": _vp9_map_kept,
    "transform_8x8_mode_flag is clear": _transform_8x8_off,
}
