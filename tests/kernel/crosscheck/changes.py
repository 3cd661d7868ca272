# SPDX-License-Identifier: MIT
"""Tests the comparison on a real run: of one job each register, value of a port, table and the bitstream
are changed by one bit, which has to be seen.

What is not seen must be in UNSEEN, by its name and with the reason; and where that is a line of EXCUSES
or REWRITES, it must be seen without that line. So nothing hides what nobody knows of.
"""
import copy
import random
import re
from dataclasses import dataclass, field

from . import cedrus, meaning, own, registers

SEED = 1
SAMPLE = 24  # values of a port, bytes of a table and of the bitstream


@dataclass
class Result:
    """What came of the changes of one job."""

    job: int = 0
    seen: int = 0
    hidden: dict = field(default_factory=dict)  # name -> why it need not be seen
    missed: list = field(default_factory=list)  # names of what should have been seen


def _sample(count, rng):
    return sorted(rng.sample(range(count), min(count, SAMPLE)))


def _register(job, offset, bit):
    job.registers[offset] ^= 1 << bit


def _port(job, port, i, bit):
    job.ports[port] = list(job.ports[port])
    job.ports[port][i] ^= 1 << bit


def _fewer(job, port):
    job.ports[port] = job.ports[port][:-1]


def _table(job, serial, at, bit):
    table = next(one for one in job.tables if one.serial == serial)
    data = table.data()
    data[at] ^= 1 << bit
    table.replace(data)


def _bitstream(job, at, bit):
    data = bytearray(job.data)
    data[at] ^= 1 << bit
    job.data = bytes(data)


def _pointers(job, names, forms):
    """The tables that registers point into, each with (offset in it, register's name) in order."""
    found = {}
    for offset, value in job.registers.items():
        for form in () if names.is_number(offset) else forms(offset):
            table, start = job.table(form(value)[0])
            if table and table.picture < 0:
                found.setdefault(table.serial, (table, []))[1].append((start, names.register(offset)))
    return [(table, sorted(starts)) for table, starts in found.values()]


def _table_changes(job, names, forms, rng):
    """Of each table that a register points into: bytes anywhere in it, and such as are not zero. They
    are named by the last register that points in front of them."""
    for table, starts in _pointers(job, names, forms):
        used = [at for at, byte in enumerate(table.data()) if byte]
        places = set(_sample(table.length, rng)) | {used[i] for i in _sample(len(used), rng)}
        for at in sorted(places):
            start, name = max((one for one in starts if one[0] <= at), default=(0, "the start"))
            yield f"{name} + {at - start:#x}", _table, table.serial, at, rng.randrange(8)


def changes(job, names, device, rng):
    """Yields (name, function of the job and the other values, values...)."""
    for offset in job.registers:
        yield names.register(offset), _register, offset, rng.randrange(32)
    for port, values in sorted(job.ports.items()):
        for i in _sample(len(values), rng):
            yield f"{names.register(port)} write {i}", _port, port, i, rng.randrange(32)
        if values:
            yield f"{names.register(port)}, one write less", _fewer, port
    yield from _table_changes(job, names, device.forms, rng)
    for at in _sample(len(job.data), rng):
        yield f"bitstream + {at:#x}", _bitstream, at, rng.randrange(8)


# (family, codec, names of what is changed, function of EXCUSES or REWRITES whose proof is the reason).
# Where one excuses bits of a register only, ../check-registers says which.
UNSEEN = (
    ("hantro", "h264", r"G1_REG_(FWD_PIC\(0\)|DEC_CTRL7|BD_REF_PIC\([0-4]\)|BD_P_REF_PIC)|"
     r"VDPU_REG_(FWD_PIC\([01]\)|INITIAL_REF_PIC_LIST[0-6])", own.stale_slots),
    # poc[32] of struct hantro_h264_dec_priv_tbl
    ("hantro", "h264", r"(G1|VDPU)_REG_ADDR_QTABLE \+ 0xe[6-9a-d].", own.stale_slots),
    ("hantro", "h264", "(G1|VDPU)_REG_DEC_CTRL6", meaning.hantro_default_counts),
    ("hantro", "h264", "G1_REG_(DEC_CTRL0|ADDR_DIR_MV)|VDPU_REG_(EN_FLAGS|DIRECT_MV_ADDR)",
     own.baseline),
    ("hantro", "hevc", "register 8", meaning.g2_deblocking),
    ("hantro", "hevc", "register 1[4-9]", meaning.g2_lists),
    ("hantro", "vp8", r"G1_REG_ADDR_REF\([045]\)|VDPU_REG_VP8_ADDR_REF(0|2_5\([23]\))",
     meaning.vp8_references),
    ("hantro", "vp8", r"(G1|VDPU)_REG_ADDR_QTABLE \+ 0x[456]", own.vp8_segment_tree),
    ("hantro", "vp8", r"bitstream \+ 0x0", own.vp8_show_frame),
    ("hantro", "vp9", r"G2_REF_(LUMA|CHROMA)_ADDR\([045]\)|G2_REF_MV_ADDR\(0\)", own.vp9_references),
    ("rkvdec", "h264", r"RKVDEC_REG_H264_(BASE_REFER(15|\(\d+\))|POC_REFER([01]\(\d+\)|2\([01]\)))",
     meaning.rkvdec_inactive),
    # param_set[256] of struct rkvdec_h264_priv_tbl
    ("rkvdec", "h264", r"RKVDEC_REG_PPS_BASE \+ 0x1?.{1,3}", meaning.rkvdec_packets),
    ("rkvdec", "h264", r"RKVDEC_REG_PPS_BASE \+ 0x1?.{1,3}", meaning.rkvdec_default_counts),
    ("rkvdec", "vp9", r"RKVDEC_REG_VP9_\w+_FRAME_BASE|RKVDEC_VP9_\w+STRIDE(\([012]\))?|"
     r"RKVDEC_REG_VP9_FRAME_SIZE\([012]\)", own.vp9_references),
    ("rk3588", "av1", r"bitstream \+ .*", meaning.rk3588_av1),  # what is in no tile
    ("cedrus", "vp8", r"VE_VP8_(PPS|SEGMENT_FEAT_MB_LV[01])", meaning.cedrus_vp8_segments),
    ("cedrus", "vp8", r"VE_VP8_(FWD|BWD|ALT)_(LUMA|CHROMA)", meaning.vp8_references),
    ("cedrus", "vp8", r"VE_H264_EXTRA_BUFFER1 \+ 0x101[89a]", own.vp8_segment_tree),
    ("cedrus", "vp8", r"bitstream \+ 0x0", own.vp8_show_frame),
    # the last of what went through the ports, which are compared
    ("cedrus", "hevc", "VE_DEC_H265_SRAM_(OFFSET|DATA)", cedrus.canonical),
)
_PROOFS = {line[:3]: line[3] for line in (*meaning.REWRITES, *meaning.EXCUSES)}


class _Trial:
    """The middle job of two runs, ready to be compared again and again."""

    def __init__(self, oracle, driver, names, device, codec):
        self.names, self.device, self.codec = names, device, codec
        self.comparer = registers.Comparer(oracle, driver, names, device, codec)
        middle = len(self.comparer.pairs) // 2
        for a, b in self.comparer.pairs[:middle]:
            self.comparer.pair(a, oracle[a], driver[b])
        self.number, at = self.comparer.pairs[middle]
        self.one, self.other, self.before = oracle[self.number], driver[at], driver[:at]
        self.unchanged = {}  # by what is left out

    def _compare(self, left_out, change=None, *values):
        one, other = copy.deepcopy(self.one), copy.deepcopy(self.other)
        if change:
            change(other, *values)
        meaning.follow_motion([*self.before, other], self.device, self.codec)
        registers.drop_accidents([one], [other], [(0, 0)], self.names, self.device.forms)
        fork = self.comparer.fork(left_out)
        fork.pair(self.number, one, other)
        return fork.result.differences

    def seen(self, left_out, change, *values):
        """Whether a change makes a difference. left_out: see meaning.canonical()."""
        if left_out not in self.unchanged:
            self.unchanged[left_out] = self._compare(left_out)
        return self._compare(left_out, change, *values) != self.unchanged[left_out]

    def reason(self, name, change, *values):
        """Why a change need not be seen; None: it must."""
        if change is _register and values[0] in self.device.status:
            return "the hardware alone sets it, and the kernel's driver reads and clears it"
        if change is _table and name.split()[0] in self.device.scratch.get(self.codec, ()):
            return "memory that the kernel cannot write, of the hardware alone"
        for family, codec, names, function in UNSEEN:
            if (family, codec) == (self.device.family, self.codec) and re.fullmatch(names, name) and \
                    self.seen(function, change, *values):
                return f"{function.__name__.strip('_')}: {_PROOFS[family, codec, function]}"
        return None


def look(oracle, driver, names, device, codec, seed=SEED):
    """Changes the middle one of the driver's jobs, each time in one place; returns a Result. The runs
    must be equal."""
    rng = random.Random(f"{seed} {device.name} {codec}")
    trial = _Trial(oracle, driver, names, device, codec)
    result = Result(trial.number)
    for name, *change in list(changes(trial.other, names, device, rng)):
        if trial.seen(None, *change):
            result.seen += 1
        elif why := trial.reason(name, *change):
            result.hidden[name] = why
        else:
            result.missed.append(name)
    return result
