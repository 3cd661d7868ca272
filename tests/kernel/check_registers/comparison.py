# SPDX-License-Identifier: MIT
"""The comparison itself: addresses, numbers, ports, tables, buffers."""
import types
import unittest.mock

from crosscheck import hardware, meaning, registers

from .made import OTHER, SIZE, SOURCE, TABLE, TARGET, Case, Outcome


def addresses():
    """What an address points to is compared, and not its value."""
    case = Case("rk3588", "av1", shift=0x4000000)
    case.point("AV1_GLOBAL_MODEL", TABLE)
    yield "a table elsewhere is the same", case.different() == []
    case.driver.tables[0].content[0] = b"\1" * 15 + b"\2"
    yield "another content of a table is seen", case.different() == ["table 0 (65536 bytes)"]
    case = Case("rk3588", "av1")
    case.driver.captures = [(TARGET, SIZE, -1)]
    case.put("AV1_REFERENCE_Y(0)", TARGET)
    yield "another picture at the same address is seen", case.different() == ["AV1_REFERENCE_Y(0)"]


def numbers():
    """A register of bit fields holds no address, whatever it looks like."""
    case = Case("rk3588", "av1", shift=0x4000000)
    at = min(at for at in case.names.fields if case.names.is_number(at) and at > 0x40)
    for job in case.both:
        job.registers[at] = OTHER + 16
    case.point("AV1_GLOBAL_MODEL", TABLE)
    yield "a number that looks like an address is one", case.different() == []
    case.driver.registers[at] += 0x4000000
    yield "such a number that differs is seen", case.different() == [case.names.register(at)]


def ports():
    """A number in a register makes no table of memory that the hardware is told by a port."""
    case = Case("cedrus", "h264", shift=0x4000000)
    for job, shift in ((case.oracle, 0), (case.driver, 0x4000000)):
        job.ports[0x2e4] = [OTHER + shift]
    case.point("VE_H264_EXTRA_BUFFER1", TABLE)
    case.put("VE_H264_SHS", OTHER + 0x1200)
    case.driver.tables.pop()
    yield "memory of a port that a number points into", \
        not any(name.startswith("table") for name in case.different())
    case = Case("cedrus", "h264")
    for job, count in ((case.oracle, 21), (case.driver, 22)):
        job.ports[0x224] = [7, count << 8 | 3]  # INIT_SWDEC, FLUSH_BITS (cedrus_skip_bits)
    yield "another number of skipped bits is seen", \
        case.different() == ["VE_H264_TRIGGER_TYPE write 1"]
    event = types.SimpleNamespace(name="print"), hardware.HEAD.pack(
        hardware.MAGIC, hardware.LOST, *9 * [0])
    with unittest.mock.patch.object(hardware.ringbuffer, "events", return_value=[event]):
        try:
            hardware.read_jobs(b"", {})
            yield "an array that was too small is told", False
        except hardware.ringbuffer.TraceError:
            yield "an array that was too small is told", True


def accidents():
    """A number that lies in some table's memory in one run, and in none in the other, points into no
    table; an address does."""
    def left(name, value, lengths=(SIZE,)):
        """How many tables are left of the oracle's two, of which the driver has the second; and at the
        first one's place one of another length where `lengths` has two."""
        jobs = [hardware.Job(0, {0: number, 4: where + 8}, {}, None, 0,
                             [*(hardware.Table(TABLE, length, 1) for length in first),
                              hardware.Table(where, SIZE, 2)], [], b"")
                for number, where, first in ((TABLE + 0x800, OTHER, lengths[:1]),
                                             (value, OTHER + SIZE, lengths[1:]))]
        before = len(jobs[1].tables)
        registers.drop_accidents([jobs[0]], [jobs[1]], [(0, 0)],
                                 hardware.Names({0: name, 4: "TABLE_ADDR"}, {}),
                                 lambda at: (lambda value: (value, 0),))
        return len(jobs[0].tables) if len(jobs[1].tables) == before else "one of the driver's lost"

    yield "a number that a table of one run lies at", left("LEVEL", TABLE + 0x800) == 1
    yield "another number in the other run", left("LEVEL", 0x800) == 2
    yield "the same address, and no table in the other run", left("OTHER_ADDR", TABLE + 0x800) == 2
    yield "tables of other lengths at the same address", \
        left("LEVEL", TABLE + 0x800, (SIZE, SIZE // 2)) == 2
    case = Case("cedrus", "vp8")
    case.put("VE_VP8_FSIZE", TABLE)
    case.driver.tables[0].length //= 2
    yield "tables of other lengths at the same address are seen", case.different() == ["table 0"]


def same_addresses():
    """The same number that is another picture's address in the other run is another reference."""
    for said, captures in (("another", [(TARGET, SIZE, 1)]), ("a freed", [])):
        case = Case("cedrus", "h264")
        case.driver.captures = captures
        for job in case.both:
            job.picture = 2
            job.ports = {0x2e0: [0x400, 0], 0x2e4: [0, 0, 0, TARGET]}
        yield f"{said} reference at the same address", \
            case.different() == ["VE_AVC_SRAM_PORT_DATA write 3"]
        for job in case.both:
            job.ports = {0x2e0: [0x400, 0], 0x2e4: [0, TARGET]}
        yield f"a number that looks like {said} reference", case.different() == []
        case = Case("g1", "h264")
        case.driver.captures = captures
        case.put("G1_REG_ADDR_REF(0)", TARGET)
        yield f"{said} picture at the same address", case.different() == ["G1_REG_ADDR_REF(0)"]


def buffers():
    """Memory that the kernel's driver has got is no buffer's any more."""
    reader = hardware._Reader(())  # pylint: disable=protected-access
    record = {"type": 1, "index": 0, "address": TARGET, "length": SIZE, "offset": 0, "bytesused": 0}
    reader.buffer(record)
    reader.table({"address": TARGET, "length": SIZE // 2, "index": 3})
    reader.job({"block": 0}, {0: TARGET})
    job = reader.jobs[0]
    yield "a freed buffer is forgotten", job.captures == [] and job.resolve(TARGET)[0] == "table"


def motion():
    """Where cedrus kept motion vectors is forgotten when the memory is a buffer's or a table's."""
    case = Case("cedrus", "h264")
    case.driver.picture = 1
    free = OTHER + 2 * SIZE
    known = {SOURCE: (0, 0), TABLE: (0, 64), free: (0, 128)}
    yield "motion vectors that are gone are forgotten", \
        meaning._still(known, case.driver) == {free: (0, 128)}  # pylint: disable=protected-access
    # scaling lists come first, then the list of frames; the picture has the last entry
    frames = [0] * 8 * 17 + [0, 0, 0, TARGET, 0, free, free + 64, 0]
    case.driver.picture = 0
    case.driver.ports = {0x2e0: [0x800, 0, 0x840, 16, 0x880, 32, 0x400, 56],
                         0x2e4: [0x10101010] * 56 + frames}
    meaning.follow_motion([case.driver], case.device, "h264")
    yield "motion vectors where there are scaling lists", \
        case.driver.motion == {free: (0, 0), free + 64: (0, 64)}


def outcomes():
    """All of them."""
    for check in (addresses, numbers, ports, accidents, same_addresses, buffers, motion):
        for name, good in check():
            yield Outcome(name, good)
