# SPDX-License-Identifier: MIT
"""Compares two lists of jobs, the oracle's and the driver's."""
import collections
import copy
import difflib
import re
from dataclasses import dataclass, field

from . import canonical, rules as rulebook

UNKNOWN_PICTURE = 1 << 20  # a picture that only the driver's client decoded
POC_BIAS = 65536
BASELINE = 66
# Named like fields: the CAPTURE buffer by the number of the picture that it holds.
BUFFER, SIZE = "CAPTURE buffer", "OUTPUT bytesused"
SAMPLES = 40  # different values of a control kept for the page, a stream, at the least
START = 8  # jobs that may differ where a stream begins in the middle


@dataclass
class Difference:
    """One field that differs and may not."""

    job: int      # of the oracle
    picture: int
    field: str
    oracle: int
    driver: int


class Samples(set):
    """Different values of a control: the first ones, and whichever sets or clears a bit that none
    did before. A field with one value in them had only that one."""

    def __init__(self):
        super().__init__()
        self._first = self._changed = None

    def note(self, data):
        """Takes a value, the bytes of a control, if it shows anything new."""
        number = int.from_bytes(data, "little")
        if self._first is None:
            self._first, self._changed = number, 0
        new = (number ^ self._first) & ~self._changed
        if len(self) < SAMPLES or new:
            self._changed |= new
            self.add(bytes(data))


@dataclass
class Comparison:
    """The outcome for one stream."""

    jobs: int = 0                # pairs compared
    oracle_jobs: int = 0
    driver_jobs: int = 0
    started: str = ""            # why the two may begin at different pictures
    fields: int = 0
    allowed: collections.Counter = field(default_factory=collections.Counter)  # rule kind -> fields
    differences: list = field(default_factory=list)
    by_field: collections.Counter = field(default_factory=collections.Counter)
    # for the page: generic field -> {condition of a rule: times}; struct -> jobs;
    # struct -> some of the values that the oracle gave it
    excuses: dict = field(default_factory=lambda: collections.defaultdict(collections.Counter))
    structs: collections.Counter = field(default_factory=collections.Counter)
    samples: dict = field(default_factory=lambda: collections.defaultdict(Samples))

    @property
    def different(self):
        """Fields that differ and may not."""
        return sum(self.by_field.values())

    @property
    def equal(self):
        """Fields with one value on both sides."""
        return self.fields - sum(self.allowed.values()) - self.different

    @property
    def same_jobs(self):
        """Whether both clients ran the decoder for the same pictures."""
        return self.jobs == self.oracle_jobs == self.driver_jobs or bool(self.started)


def generic(path):
    """A field's name without array indices."""
    return re.sub(r"\[\d+\]", "[*]", path)


# What tells two jobs of a stream apart, without anything that depends on the client's numbering.
_KEYS = {
    "h264": (("h264_decode_params", "frame_num"), ("h264_decode_params", "nal_ref_idc"),
             ("h264_decode_params", "flags.FIELD_PIC"),
             ("h264_decode_params", "flags.BOTTOM_FIELD"),
             ("h264_decode_params", "pic_order_cnt_lsb"),
             ("h264_slice_params", "first_mb_in_slice"),
             ("h264_slice_params", "header_bit_size")),
    "mpeg2": (("mpeg2_sequence", "horizontal_size"), ("mpeg2_picture", "picture_coding_type"),
              ("mpeg2_picture", "picture_structure"), ("mpeg2_picture", "f_code[0][0]"),
              ("mpeg2_picture", "f_code[0][1]"), ("mpeg2_picture", "f_code[1][0]")),
}


def _key(job, structs):
    # the OUTPUT size without start codes and padding tells pictures apart well enough
    key = [job.codec]
    for name, path in _KEYS.get(job.codec, ()):
        struct = structs["v4l2_ctrl_" + name]
        if struct.name in job.controls:
            key.append(struct.by_path[path].read(job.controls[struct.name]))
    return tuple(key)


def _pairs(oracle, driver, structs):
    """Pairs of indices: which job of the driver decodes what a job of the oracle decodes."""
    if len(oracle) == len(driver):
        return [(i, i) for i in range(len(oracle))]
    matcher = difflib.SequenceMatcher(None, [_key(job, structs) for job in oracle],
                                      [_key(job, structs) for job in driver], autojunk=False)
    return [(block.a + i, block.b + i) for block in matcher.get_matching_blocks()
            for i in range(block.size)]


# Where a job says the size of its pictures; another size means new CAPTURE buffers, and with the old
# ones their timestamps are gone. (VP9 and AV1 refer across sizes.)
_SIZES = {
    "mpeg2": ("mpeg2_sequence", ("horizontal_size", "vertical_size")),
    "h264": ("h264_sps", ("pic_width_in_mbs_minus1", "pic_height_in_map_units_minus1")),
    "hevc": ("hevc_sps", ("pic_width_in_luma_samples", "pic_height_in_luma_samples")),
    "vp8": ("vp8_frame", ("width", "height")),
}


def _forget_resized(jobs, structs):
    """Takes the pictures of another size out of what each job can refer to."""
    size, first, kept = None, 0, {}
    for job in jobs:
        if job.codec not in _SIZES:
            continue
        name, paths = _SIZES[job.codec]
        struct = structs["v4l2_ctrl_" + name]
        now = [struct.by_path[path].read(job.controls[struct.name]) for path in paths]
        if size is not None and now != size:
            first, kept = job.picture, {}
        size = now
        if first:
            known = kept.get(id(job.pictures))
            if known is None:
                known = {ts: picture for ts, picture in job.pictures.items() if picture >= first}
                kept[id(job.pictures)] = known
            job.pictures = known


def _renumber(oracle, driver, pairs):
    """Gives the driver's pictures the oracle's numbers."""
    numbers = {}
    for i, j in pairs:
        numbers.setdefault(driver[j].picture, oracle[i].picture)
    maps = {}
    for job in driver:
        known = maps.get(id(job.pictures))
        if known is None:
            known = maps[id(job.pictures)] = {
                ts: numbers.get(picture, UNKNOWN_PICTURE + picture)
                for ts, picture in job.pictures.items()}
        yield job, known


def _compare_buffers(oracle, driver, pairs, result):
    """Jobs that share a CAPTURE buffer with one client (fields, slices) have to with the other."""
    partner, owner = {}, {}
    for i, j in pairs:
        left, right = oracle[i].picture, driver[j].picture
        first = partner.setdefault(left, right), owner.setdefault(right, left)
        if first != (right, left):
            result.by_field[BUFFER] += 1
            result.differences.append(Difference(i, left, BUFFER, left, first[1]))


def _more_bytes(job):
    """How many bytes more than the oracle FFmpeg may hand over for a job; None: any number."""
    if job.codec == "av1":  # each tile group's payload, once or for each of its tiles
        return None
    if job.codec == "mpeg2":  # the sequence_end_code with the slice before it
        return (0, 4)
    # of start codes of four bytes the first one stays behind the slice before (zero_byte, B.1)
    return range(max(1, len(job.slices)))


def _compare_sizes(number, left, right, client, result):
    """Both clients hand the same bytes to the decoder."""
    allowed = _more_bytes(left) if client.startswith("ffmpeg") else (0,)
    if allowed is not None and right.bytesused - left.bytesused not in allowed:
        result.by_field[SIZE] += 1
        result.differences.append(Difference(number, left.picture, SIZE, left.bytesused,
                                             right.bytesused))


def _unbias_poc(oracle, driver, structs):
    """FFmpeg counts POC from 65536 in streams that do not start with an IDR picture; only
    differences of POC matter to the decoding process (8.2.1, 8.2.4.2.3, 8.4.1.2.3)."""
    if oracle.codec != "h264":
        return
    struct = structs["v4l2_ctrl_h264_decode_params"]
    data, reference = driver.controls[struct.name], oracle.controls[struct.name]
    name = "bottom_field_order_cnt" if struct.by_path["flags.BOTTOM_FIELD"].read(data) else \
        "top_field_order_cnt"
    bias = struct.by_path[name].read(data) - struct.by_path[name].read(reference)
    if abs(bias) != POC_BIAS:
        return
    for leaf in struct.leaves:
        if leaf.path.endswith("_field_order_cnt"):
            value = leaf.read(data)
            if value:  # 0: not set
                leaf.write(data, value - bias)


def _rename_profile(oracle, driver, structs):
    """FFmpeg has no VA profile for Baseline without constraint_set1 and configures another one, on
    the user's word (+allow_profile_mismatch); the driver can only believe it."""
    struct = structs["v4l2_ctrl_h264_sps"]
    data, reference = driver.controls[struct.name], oracle.controls[struct.name]
    profile = struct.by_path["profile_idc"]
    if profile.read(reference) == BASELINE and not struct.by_path[
            "constraint_set_flags.SET1_FLAG"].read(reference):
        profile.write(data, BASELINE)


def _only_start_differs(oracle, driver, pairs):
    """Whether, from a common job within the first few of the oracle on, all jobs are common."""
    tail = 0
    while tail < len(pairs) and pairs[-1 - tail] == (len(oracle) - 1 - tail,
                                                     len(driver) - 1 - tail):
        tail += 1
    return tail > 0 and len(oracle) - tail <= START


def compare(oracle, driver, structs, rules, mode, client="", start=None, wrong=None):
    """Compares the jobs of two clients. structs: layout.Layouts; rules: of rules.load(); client:
    the driver's client, as in clients.py; start: why it may begin at another picture; wrong: of
    rules.Known.fields()."""
    result = Comparison(oracle_jobs=len(oracle), driver_jobs=len(driver))
    _forget_resized(oracle, structs)
    _forget_resized(driver, structs)
    pairs = _pairs(oracle, driver, structs)
    if start and len(oracle) != len(driver) and _only_start_differs(oracle, driver, pairs):
        result.started = start
    _compare_buffers(oracle, driver, pairs, result)
    for i, left, right in matched(oracle, driver, pairs):
        if client.startswith("ffmpeg") and left.codec == right.codec == "h264":
            _rename_profile(left, right, structs)
        _compare_sizes(i, left, right, client, result)
        compare_job(i, left, right, structs, rules, mode, result, wrong or {})
    return result


def matched(oracle, driver, pairs):
    """Yields copies of the pairs of jobs, of which both sides number pictures alike: (index, job of
    the oracle, job of the driver)."""
    renumbered = [known for _, known in _renumber(oracle, driver, pairs)]
    for i, j in pairs:
        left, right = copy.copy(oracle[i]), copy.copy(driver[j])
        left.controls = copy.deepcopy(left.controls)
        right.controls = copy.deepcopy(right.controls)
        right.pictures = renumbered[j]
        right.slices = left.slices
        yield i, left, right


def compare_job(number, left, right, structs, rules, mode, result, wrong):
    """Compares one job of the oracle and one of the driver, which matched() paired; rewrites both.
    Adds to result."""
    same_data = left.bytesused == right.bytesused
    canonical.canonical(left, structs, same_data)
    canonical.canonical(right, structs, same_data)
    if left.codec == right.codec:
        _unbias_poc(left, right, structs)
    sides = (rulebook.Control(left, structs, mode), rulebook.Control(right, structs, mode))
    result.jobs += 1
    for name in sorted(left.controls.keys() | right.controls.keys()):
        struct = structs[name]
        a, b = left.controls.get(name), right.controls.get(name)
        if a == b and not any(a):
            continue  # neither client ever set it (H.264 slices in frame-based mode)
        result.structs[generic(name)] += 1
        result.fields += len(struct.leaves)
        if a:
            result.samples[generic(name)].note(a)
        if a == b and not wrong:
            continue
        for leaf in struct.leaves:
            x, y = (leaf.read(data) if data is not None else None for data in (a, b))
            path = f"{name.removeprefix('v4l2_ctrl_')}.{leaf.path}"
            error, right_value, _ = wrong.get(path, (None, None, None))
            if error is not None and x == error:
                x = right_value
            if x == y:
                continue
            rule = rulebook.find(rules, path, sides) if a and b else None
            if rule:
                result.allowed[rule.kind] += 1
                result.excuses[generic(path)][rule.condition] += 1
            else:
                result.by_field[generic(path)] += 1
                result.differences.append(Difference(number, left.picture, path, x, y))
