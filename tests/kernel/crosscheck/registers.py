# SPDX-License-Identifier: MIT
"""Compares two runs of one simulated device, job by job and register by register.

Numbers are compared as numbers, addresses by what they point into, tables by content.
"""
import collections
import copy
import difflib
import re
from dataclasses import dataclass, field

from . import cedrus, meaning


# Names of registers that hold addresses and nothing else.
ADDRESS = re.compile(r"ADDR|BASE|^AV1_(?!REG_)|_(LUMA|CHROMA)$|^VE_H264_(EXTRA_BUFFER\d|VLD_END)$|"
                     r"^G1_REG_FWD_PIC\(0\)$|^VDPU_REG_VP8_SEGMENT_VAL$")


@dataclass
class Difference:
    """One register, table or port that differs."""

    job: int
    name: str
    oracle: str
    driver: str


@dataclass
class Comparison:
    """The outcome for one stream."""

    jobs: int = 0
    oracle_jobs: int = 0
    driver_jobs: int = 0
    registers: int = 0
    tables: int = 0              # bytes of tables compared
    differences: list = field(default_factory=list)
    first: tuple = (0, 0)        # the first jobs that are compared

    @property
    def by_name(self):
        """How often each register differs."""
        return collections.Counter(d.name for d in self.differences)

    @property
    def same_jobs(self):
        """Whether both clients started the hardware for the same data."""
        return self.jobs == self.oracle_jobs == self.driver_jobs

    @property
    def same_after_start(self):
        """Whether they did from the first common picture on."""
        return self.jobs == self.oracle_jobs - self.first[0] == self.driver_jobs - self.first[1]


def _pairs(oracle, driver):
    """Pairs of jobs that had the same bitstream, in order."""
    if len(oracle) == len(driver):
        return list(enumerate(range(len(driver))))
    keys = [[job.data for job in jobs] for jobs in (oracle, driver)]
    blocks = difflib.SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
    return [(b.a + i, b.b + i) for b in blocks for i in range(b.size)]


def _resolve(job, value, forms, pictures):
    """What an address points to, with pictures counted as the oracle counts them."""
    if value < 1 << 12:
        return None
    for form in forms:
        address, rest = form(value)
        found = job.resolve(address)
        if found and found[0] in ("CAPTURE", "INTERNAL"):
            picture = pictures.get(found[1], f"driver's {found[1]}")
            return found[0], picture, *found[2:], rest
        if found:
            return *found, rest
    return None


def _accidents(job, other, names, forms):
    """The tables of a job that only numbers point into: the same value in the other client's job
    points into none, for its memory lies elsewhere. What a port points into is no table (fakehw.c:
    emit_job), unless a register does, too."""
    pointed, meant = set(), set()
    for place, value in job.registers.items():
        for form in forms(place):
            table, _ = job.table(form(value)[0])
            if not table or table.picture >= 0:
                continue
            pointed.add(table.serial)
            name = names.register(place)
            if other.registers.get(place) == value and not ADDRESS.search(name):
                if not other.table(form(value)[0])[0]:
                    continue
            meant.add(table.serial)
    return pointed - meant


def drop_accidents(oracle, driver, pairs, names, forms):
    """Takes the tables of _accidents() away."""
    for a, b in pairs:
        found = [_accidents(oracle[a], driver[b], names, forms),
                 _accidents(driver[b], oracle[a], names, forms)]
        for job, dropped in zip((oracle[a], driver[b]), found):
            job.tables = [table for table in job.tables if table.serial not in dropped]


def _say(value, target):
    if not target:
        return f"{value:#010x}"
    place = target[0] if len(target) == 3 else f"{target[0]} {target[1]}"
    return f"{place} + {target[-2]:#x}" + (f" | {target[-1]:#x}" if target[-1] else "")


def _say_stream(extent):
    if isinstance(extent, bytes):
        return f"{len(extent)} bytes"
    return f"{len(extent)} tiles of {', '.join(str(len(tile)) for tile in extent)} bytes"


def _fields(names, offset, one, other):
    """The header's names of the bit fields that differ."""
    return ", ".join(f"{name} {one >> shift & mask:#x}/{other >> shift & mask:#x}"
                     for name, shift, mask in names.fields.get(offset, ())
                     if (one ^ other) >> shift & mask)


def _values(result, number, name, sides, jobs, forms, pictures, note="", address=False):
    """Compares one value of both sides. address: it is one, unless it is a small number; of another one
    that looks like an address by accident both sides have the same."""
    result.registers += 1
    one, other = sides
    targets = [_resolve(jobs[i], sides[i], forms, pictures[i]) for i in (0, 1)]
    if address and any(targets):
        same = targets[0] == targets[1]
    else:
        same = one == other or all(targets) and targets[0] == targets[1]
    if not same:
        result.differences.append(Difference(
            number, name, _say(one, targets[0]), _say(other, targets[1]) + (note and f" ({note})")))


def _number_tables(job, names, forms, numbers):
    """Numbers the tables that a job uses, in the order of their first use. Memory that only a number
    happens to point into, or a register that is not compared, is none of them. numbers: of the jobs
    before, {serial of the allocation: number}."""
    values = [(at, value) for at, value in job.registers.items() if not names.is_number(at)]
    values += [(port, value) for port in sorted(job.ports) for value in job.ports[port]]
    for at, value in values:
        for form in forms(at):
            table, _ = job.table(form(value)[0])
            if table and table.picture < 0:
                table.number = numbers.setdefault(table.serial, len(numbers))


def _tables(result, number, jobs, scratch, forms):
    """Compares the tables that both jobs use, in the order of their numbers. scratch: the registers
    that point to memory of no meaning."""
    sides = []
    for job in jobs:
        without = [job.table(form(job.registers.get(at, 0))[0])[0]
                   for at in scratch for form in forms(at)]
        sides.append({t.number: t for t in job.tables if t.number >= 0 and t not in without})
    for key in sorted(set(sides[0]) | set(sides[1])):
        one, other = (side.get(key) for side in sides)
        if not one or not other or one.length != other.length:
            result.differences.append(Difference(number, f"table {key}", *(
                f"{t.length} bytes" if t else "none" for t in (one, other))))
            continue
        result.tables += one.length
        for at in sorted(set(one.content) | set(other.content)):
            a, b = (t.content.get(at) for t in (one, other))
            size = len(a or b)
            a, b = a or bytes(size), b or bytes(size)
            if a != b:
                where = next(i for i in range(size) if a[i] != b[i])
                result.differences.append(Difference(number, f"table {key} ({one.length} bytes)", *(
                    f"{at + where:#x}: {x[where:where + 8].hex()}" for x in (a, b))))
                break


class Comparer:
    """Compares two lists of hardware.Job, pair by pair in order. left_out: see meaning.canonical()."""

    def __init__(self, oracle, driver, names, device, codec, left_out=None):
        self.names, self.device, self.codec, self.left_out = names, device, codec, left_out
        self.pairs = _pairs(oracle, driver)
        self.result = Comparison(len(self.pairs), len(oracle), len(driver),
                                 first=(self.pairs or [(0, 0)])[0])
        self.pictures = ({job.picture: job.picture for job in oracle},
                         {driver[b].picture: oracle[a].picture for a, b in self.pairs})
        self.pictures[0][-1] = self.pictures[1][-1] = "none"
        self.scratch = [at for at, name in names.registers.items()
                        if name in device.scratch.get(codec, ())]
        self.numbers = {}, {}  # of the tables so far
        drop_accidents(oracle, driver, self.pairs, names, device.forms)
        for jobs in (oracle, driver):
            meaning.follow_motion(jobs, device, codec)

    def fork(self, left_out=None):
        """Another one that goes on from here, with no result."""
        other = copy.copy(self)
        other.result, other.left_out = Comparison(), left_out
        other.numbers = tuple(map(dict, self.numbers))
        return other

    def pair(self, number, *jobs):
        """Compares the oracle's job of that number with the driver's."""
        names, device, result = self.names, self.device, self.result
        jobs = [meaning.canonical(job, device, self.codec, names, pictures, self.left_out)
                for job, pictures in zip(jobs, self.pictures)]
        for job, known in zip(jobs, self.numbers):
            _number_tables(job, names, device.forms, known)
        for offset in jobs[0].registers:
            if offset in device.status:
                continue
            sides = tuple(job.registers[offset] for job in jobs)
            _values(result, number, names.register(offset), sides, jobs,
                    () if names.is_number(offset) else device.forms(offset), self.pictures,
                    _fields(names, offset, *sides),
                    bool(ADDRESS.search(names.register(offset))))
        addresses = cedrus.addresses(jobs[0])
        for port in sorted(set(jobs[0].ports) | set(jobs[1].ports)):
            written = [job.ports.get(port, []) for job in jobs]
            if len(written[0]) != len(written[1]):
                result.differences.append(Difference(number, names.register(port), *(
                    f"{len(w)} writes" for w in written)))
            for i, sides in enumerate(zip(*written)):
                _values(result, number, f"{names.register(port)} write {i}", sides, jobs,
                        device.forms(port), self.pictures, "", i in addresses.get(port, ()))
        _tables(result, number, jobs, self.scratch, device.forms)
        if jobs[0].extent != jobs[1].extent:
            result.differences.append(Difference(number, "bitstream", *(
                _say_stream(job.extent) for job in jobs)))


def compare(oracle, driver, names, device, codec, left_out=None):
    """Returns the Comparison of two lists of hardware.Job."""
    comparer = Comparer(oracle, driver, names, device, codec, left_out)
    for a, b in comparer.pairs:
        comparer.pair(a, oracle[a], driver[b])
    return comparer.result
