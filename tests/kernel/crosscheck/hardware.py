# SPDX-License-Identifier: MIT
"""From the trace of guest/fakehw.c to jobs: what the hardware saw each time that it was started.

An address says nothing by its value. It is resolved to what it points into: the buffer that a
picture was decoded into, the bitstream of the job, or a table of the driver's, with its content.
"""
import re
import struct
from dataclasses import dataclass, field

from . import ringbuffer

MAGIC = b"fakehw1\0"
HEAD = struct.Struct("<8sIIIIQQQIII")
CHUNK = 1024  # of memory, in one record
JOB, PORT, TABLE, BUFFER, DONE, REGION, DATA, LOST = range(8)
OUTPUT_TYPES = (2, 10)  # V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE


def flat(content, length):
    """Bytes of memory that is known by chunks, of which those of zeros are left out."""
    data = bytearray(length)
    for at, chunk in content.items():
        data[at:at + len(chunk)] = chunk
    return data


@dataclass
class Buffer:
    """A queue's buffer, as it was queued last."""

    address: int
    length: int
    timestamp: int
    bytesused: int
    picture: int = -1   # the last picture decoded into it; CAPTURE only
    content: dict = field(default_factory=dict)  # of OUTPUT: offset -> bytes, likewise

    def data(self):
        """The bitstream in it."""
        return flat(self.content, self.bytesused)


@dataclass
class Table:
    """Memory of the driver's own that a register points into."""

    address: int
    length: int
    serial: int         # of the allocation
    number: int = -1    # in the order in which jobs first used it: registers.py gives it
    picture: int = -1   # the last picture that was written into it; -1: not an output
    content: dict = field(default_factory=dict)  # offset -> bytes, without chunks of zeros

    def data(self):
        """All of it."""
        return flat(self.content, self.length)

    def replace(self, data):
        """Sets all of it."""
        self.content = {at: bytes(data[at:at + CHUNK]) for at in range(0, len(data), CHUNK)
                        if any(data[at:at + CHUNK])}


@dataclass
class Job:
    """One start of the hardware."""

    block: int
    registers: dict     # byte offset -> value
    ports: dict         # byte offset -> values written, in order
    source: Buffer
    picture: int
    tables: list        # Table, as of this job
    captures: list      # (address, length, picture) of every CAPTURE buffer, as of this job
    data: bytes         # of the bitstream
    slices: list = field(default_factory=list)  # stream.Slice, where they are known
    baseline: bool = False  # all of the stream's sequence parameter sets are of that profile
    raised: bool = False    # the client may decode such a stream as one of a higher profile
    motion: dict = field(default_factory=dict)  # address -> (picture, offset): motion vectors

    def table(self, address):
        """The driver's table that an address points into, and the offset; None, 0: none."""
        for table in self.tables:
            if table.address <= address < table.address + table.length:
                return table, address - table.address
        return None, 0

    def resolve(self, value):
        """What an address points to: ("CAPTURE", picture, offset), ("OUTPUT", offset), ("table",
        number, offset); None: nothing that is known."""
        if value in self.motion:
            return "INTERNAL", *self.motion[value]
        source = self.source
        if source and source.address <= value < source.address + source.length:
            return "OUTPUT", value - source.address
        for address, length, picture in self.captures:
            if address <= value < address + length:
                return "CAPTURE", picture, value - address
        for table in self.tables:
            if table.address <= value < table.address + table.length:
                if table.picture >= 0:
                    return "INTERNAL", table.picture, value - table.address
                return "table", table.number, value - table.address
        return None


class _Reader:
    """Follows the queues, so that each job knows its buffers."""

    def __init__(self, outputs):
        self.outputs = outputs  # offsets of the registers that say where a picture is written
        self.buffers = {}       # (is OUTPUT, index) -> Buffer
        self.queued = {True: [], False: []}
        self.filled = None      # the buffer whose content comes
        self.ports = {}
        self.tables = []
        self.written = {}       # serial -> picture
        self.picture = -1
        self.last = None
        self.jobs = []

    def buffer(self, record):
        """A buffer was given to the driver."""
        is_output = record["type"] in OUTPUT_TYPES
        key = is_output, record["index"]
        old = self.buffers.get(key)
        new = Buffer(record["address"], record["length"], record["offset"], record["bytesused"])
        if old and old.address == new.address:
            new.picture = old.picture
        self.forget(new.address, new.length)
        self.buffers[key] = self.filled = new
        if record["index"] not in self.queued[is_output]:
            self.queued[is_output].append(record["index"])

    def forget(self, address, length):
        """The memory is something else's now: a buffer that had it was freed."""
        self.buffers = {k: b for k, b in self.buffers.items()
                        if b.address >= address + length or address >= b.address + b.length}

    def table(self, record):
        """Memory of the driver's own, of which the content comes."""
        self.forget(record["address"], record["length"])
        self.tables.append(Table(record["address"], record["length"], record["index"]))

    def done(self, record):
        """The driver gave a buffer back."""
        queue = self.queued[record["type"] in OUTPUT_TYPES]
        if record["index"] in queue:
            queue.remove(record["index"])

    def _next(self, is_output):
        queue = self.queued[is_output]
        return self.buffers.get((is_output, queue[0])) if queue else None

    def job(self, record, registers):
        """The hardware was started."""
        source, target = self._next(True), self._next(False)
        this = (target and target.address, source and source.timestamp)
        if this != self.last:  # another field or slice of the same picture has both in common
            self.picture += 1
            self.last = this
        if target:
            target.picture = self.picture
        for table in self.tables:
            if any(table.address <= registers.get(at, 0) < table.address + table.length
                   for at in self.outputs):
                self.written[table.serial] = self.picture
        for table in self.tables:
            table.picture = self.written.get(table.serial, -1)
        captures = [(b.address, b.length, b.picture)
                    for (is_output, _), b in self.buffers.items() if not is_output]
        self.jobs.append(Job(record["block"], registers, self.ports, source, self.picture,
                             self.tables, captures, bytes(source.data()) if source else b""))
        self.ports, self.tables = {}, []


_NAMES = ("kind", "block", "size", "number", "address", "length", "offset", "type", "index",
          "bytesused")


def _words(data):
    return struct.unpack(f"<{len(data) // 4}I", data)


def read_jobs(trace, formats, outputs=()):
    """The jobs of a trace (bytes of trace_pipe_raw), in order. TraceError: it is not whole."""
    reader = _Reader(outputs)
    for event, payload in ringbuffer.events(trace, formats):
        at = payload.find(MAGIC)
        if event.name != "print" or at < 0:
            continue
        record = dict(zip(_NAMES, HEAD.unpack_from(payload, at)[1:]))
        data = payload[at + HEAD.size:at + HEAD.size + record["size"]]
        kind = record["kind"]
        if kind == BUFFER:
            reader.buffer(record)
        elif kind == DONE:
            reader.done(record)
        elif kind == PORT:
            reader.ports.setdefault(record["address"], []).extend(_words(data))
        elif kind == REGION:
            reader.table(record)
        elif kind == DATA:
            reader.filled.content[record["offset"]] = bytes(data)
        elif kind == TABLE:
            reader.tables[-1].content[record["offset"]] = bytes(data)
        elif kind == LOST:
            raise ringbuffer.TraceError("an array of guest/fakehw.c is too small: jobs are not whole")
        elif kind == JOB:
            first = record["address"]
            reader.job(record, {first + 4 * i: word for i, word in enumerate(_words(data))})
    return reader.jobs


@dataclass(frozen=True)
class Names:
    """The names that the driver's headers give the registers."""

    registers: dict  # offset -> name
    fields: dict     # offset -> [(name, shift, mask)]

    def at(self, name):
        """The offset of the register of that name."""
        return next(at for at, found in self.registers.items() if found == name)

    def field(self, name):
        """(offset, shift, mask) of a bit field."""
        return next((at, shift, mask) for at, fields in self.fields.items()
                    for found, shift, mask in fields if found == name)

    def is_number(self, offset):
        """Whether the register can have no address: the headers know nothing of it but bit fields."""
        return bool(self.fields.get(offset)) and offset not in self.registers

    def register(self, offset):
        """A register's name, or its number where the headers have none."""
        return self.registers.get(offset) or f"register {offset // 4}"

    def outputs(self, pattern):
        """The offsets of the registers whose names match."""
        return [at for at, name in self.registers.items() if pattern and re.search(pattern, name)]


def names(headers, base=0, leave_out="VEPU_"):
    """Reads the registers' names out of the driver's headers (paths). base: of the registers.
    leave_out: what the names of other codecs' registers, and of an encoder's, begin with."""
    plain, indexed, fields, engines = {}, {}, {}, {}
    for path in headers:
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read().replace("\\\n", " "), flags=re.S)
        for name, index, value in re.findall(
                r"^#define[ \t]+([A-Za-z]\w+)(?:\((\w)\))?[ \t]+(.+)$", text, flags=re.M):
            value = value.strip()
            if re.match(leave_out, name):
                continue
            found = re.match(r"\w+_DEC_REG\((\d+),\s*(\w+),\s*(\w+)\)", value)
            if found:
                number, shift, mask = (int(x, 0) for x in found.groups())
                fields.setdefault(base + 4 * number, []).append((name, shift, mask))
                continue
            if not re.search(r"_SWREG\(", value) and not re.match(r"VE_|RKVDEC_VP9_|\w+_REG_", name):
                continue  # a constant
            value = re.sub(r"\w+_SWREG\((\d+)\)", lambda m: hex(4 * int(m[1])), value)
            value = re.sub(r"VE_ENGINE_\w+", lambda m: hex(engines.get(m[0], -1)), value)
            if not re.fullmatch(r"[\s()+*0-9a-fA-Fx" + (index or "") + "]+", value):
                continue
            if "0x" not in value:
                continue
            if name.startswith("VE_ENGINE"):
                engines[name] = int(value, 0)
            elif index:
                start, step = (_value(value, index, i) for i in (0, 1))
                indexed[base + start] = (name, step - start)
            else:
                plain.setdefault(base + _value(value), name)
    for start, (name, step) in sorted(indexed.items(), reverse=True):  # the nearest one names
        for i in range(16):
            plain.setdefault(start + i * step, f"{name}({i})")
    return Names(plain, fields)


def _value(text, index=None, number=0):
    if index:
        text = re.sub(rf"\b{index}\b", str(number), text)
    # digits, +, * and brackets only: see names()
    return eval(text, {"__builtins__": {}})  # pylint: disable=eval-used
