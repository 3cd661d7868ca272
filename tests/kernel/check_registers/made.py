# SPDX-License-Identifier: MIT
"""Made-up jobs of a device, and what the comparison says of them."""
import copy
import functools
from dataclasses import dataclass

from crosscheck import devices, guest, hardware, meaning, registers

# Addresses: of the bitstream, the job's own picture, two tables of the driver's, and earlier pictures.
SOURCE, TARGET, TABLE, OTHER = (0x21000000 + i * 0x100000 for i in range(4))
SIZE = 0x10000


def picture(number):
    """The address of an earlier picture."""
    return 0x22000000 + number * 0x100000


@functools.lru_cache(maxsize=None)
def _names(device, codec):
    return devices.DEVICES[device].register_names(guest.tool("build-kernel"), codec)


@dataclass
class Outcome:
    """One thing that was tried. line: of EXCUSES or REWRITES that it is a case of, as lines() has them,
    and whether that is to hide the difference."""

    name: str
    good: bool
    line: tuple = ()
    hidden: bool = False


def lines():
    """What is in EXCUSES and REWRITES: (device, codec, function)."""
    return [(device.name, codec, function)
            for family, codec, function, _ in (*meaning.REWRITES, *meaning.EXCUSES)
            for device in devices.DEVICES.values()
            if device.family == family and codec in device.codecs]


def title(line):
    """One of lines(), as it is printed."""
    return f"{line[0]} {line[1]} {line[2].__name__.strip('_')}"


class Case:
    """Two runs on a device, made equal, of which the last jobs are there to be changed."""

    def __init__(self, device, codec, data=b"\0", shift=0, earlier=0):
        """shift: how far away from the oracle's everything of the driver's is. earlier: how many
        pictures were decoded before, which references can name."""
        self.device, self.codec, self.shift = devices.DEVICES[device], codec, shift
        self.names = _names(device, codec)
        self.oracle, self.driver = (self._job(data, at, earlier) for at in (0, shift))
        self.earlier = [[self._earlier(job, number) for number in range(earlier)]
                        for job in (self.oracle, self.driver)]

    def _job(self, data, shift, number):
        tables = [hardware.Table(TABLE + shift, SIZE, 7, content={0: b"\1" * hardware.CHUNK}),
                  hardware.Table(OTHER + shift, 2 * SIZE, 9)]
        offsets = sorted(self.names.registers.keys() | self.names.fields.keys())
        captures = [(picture(i) + shift, SIZE, i) for i in range(number)]
        return hardware.Job(self.device.block, dict.fromkeys(offsets, 0), {},
                            hardware.Buffer(SOURCE + shift, SIZE, 0, len(data)), number, tables,
                            [*captures, (TARGET + shift, SIZE, number)], data)

    @staticmethod
    def _earlier(job, number):
        job = copy.deepcopy(job)
        job.picture, job.captures = number, job.captures[:number + 1]
        return job

    @property
    def both(self):
        """The jobs, oracle first."""
        return self.oracle, self.driver

    def put(self, name, value, other=None):
        """Sets a register of both sides, by its name, its offset or a bit field's name."""
        for job, number in ((self.oracle, value), (self.driver, value if other is None else other)):
            if isinstance(name, int):
                job.registers[name] = number
            elif name in self.names.registers.values():
                job.registers[self.names.at(name)] = number
            else:
                at, shift, mask = self.names.field(name)
                job.registers[at] = job.registers[at] & ~(mask << shift) | number << shift

    def point(self, name, address):
        """Sets a register of both sides to an address, each side's own."""
        self.put(name, address, address + self.shift)

    def slices(self, *slices):
        """Both jobs decode these (stream.Slice)."""
        self.oracle.slices = self.driver.slices = list(slices)

    def different(self, left_out=None):
        """The names of what differs. left_out: a line's function that is not used."""
        jobs = copy.deepcopy([[*before, job] for before, job in zip(self.earlier, self.both)])
        return [d.name for d in registers.compare(*jobs, self.names, self.device,
                                                  self.codec, left_out).differences]

    def hides(self, function, said):
        """What differs must not be seen, and that because of that excuse or rewrite alone."""
        good = not self.different() and bool(self.different(function))
        return self._outcome(function, f"hides {said}", good, True)

    def sees(self, function, said, *names):
        """What differs must be seen: that excuse or rewrite does not cover it. names: as which."""
        seen = self.different()
        return self._outcome(function, f"sees {said}",
                             bool(seen) and (not names or sorted(names) == sorted(seen)), False)

    def _outcome(self, function, said, good, hidden):
        line = self.device.name, self.codec, function
        return Outcome(f"{title(line)}: {said}", good, line, hidden)


def whether(case, function, said, hidden, *names):
    """Case.hides() or Case.sees()."""
    return case.hides(function, said) if hidden else case.sees(function, said, *names)
