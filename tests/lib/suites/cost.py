# SPDX-License-Identifier: MIT
"""What a picture costs, as counts, which no machine's speed changes: system calls, copies,
allocations and messages of the driver in the steady state. tests/bench shows more."""

from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import ffmpeg
import make
import needs
from bench import chart, replays, streams, table
from results import Case, Failure
from suites import helpers, virtdec

SUITE = "quick"

SMALL = (320, 240, 30)
#: As many rows of macroblocks as hardware takes, each a slice: buffers enough to fill any cache.
TALL = (64, 2304, 10)
PICTURES = 120
#: S_EXT_CTRLS, two QBUF, two DQBUF, REQUEST_QUEUE, REQUEST_REINIT, and a poll before the dequeues.
MOST_CALLS = 8.1
#: To export a picture: a descriptor of its own for each of its buffers, and, when it is decoded into
#: again, a look for readers.
EXPORT = 2
#: Bytes that may be put in front of each slice: start codes and headers.
MOST_PREFIX = 16
MEDIA_DEVICES = (1, 4, 16)
#: CAPTURE memory, over all streams, against what the client's surfaces need at once.
MOST_MEMORY = 1.1


def _expect(run, limits):
    wrong = [f"{name} is {value:.3f}, at most {most}" for name, value, most in limits
             if value > most]
    if wrong:
        raise Failure("; ".join(wrong))
    return ", ".join(f"{name} {value:.3f}" for name, value, _ in limits)


def _steady(stream, personality, options, most_calls, requests=1, **env):
    """VP8's key frames alone are copied twice: the header in front of them, which VA leaves out and
    the driver makes, is longer than that of other frames."""
    run = replays.replay(stream, personality=personality,
                         options=[f"frames={PICTURES}", "skip=60", *options], **env)
    copied_again = streams.key_frame_share(stream) * run["bytes"] if stream.codec == "vp8" else 0
    return _expect(run, [
        ("system calls", run.calls_per_picture / requests, most_calls),
        ("mmap, munmap, open, close, other ioctls",
         sum(run[name] for name in ("mmap", "munmap", "open", "close", "other_ioctl")), 0),
        ("bytes copied beyond the bitstream, a slice",
         (run["copied"] - run["bytes"] - copied_again) / run["pictures"] / stream.slices,
         MOST_PREFIX),
        ("allocations", run["allocations"], 0),
        ("growth of the heap", run["heap"], 0),
        ("messages", run["messages"], 0)])


def _ready(stream, personality, **env):
    """Every picture is done before it is asked for."""
    return _steady(stream, personality, ["settle=1"], MOST_CALLS, **env)


def _at_once(stream, personality):
    """Each picture is asked for before the next one is begun. AV1 then decodes references twice:
    which slots they refresh, VA tells only with the next picture (src/codec/av1.h)."""
    return _steady(stream, personality, ["settle=1", "depth=0"],
                   MOST_CALLS * (2 if stream.codec == "av1" else 1))


def _waiting(stream, personality, **env):
    """The decoder takes longer than the client."""
    return _steady(stream, personality, [], MOST_CALLS, latency_us=1000, **env)


def _slices(count):
    """A request for each slice."""
    stream = streams.Stream("h264", SMALL, slices=count)
    return _steady(stream, "cedrus", ["settle=1"], MOST_CALLS, requests=count)


def _surfaces_ever():
    """As many locks and calls after thousands of surfaces as after none."""
    stream = streams.Stream("h264", SMALL)
    runs = [replays.replay(stream, options=["settle=1", "frames=60", f"churn={churn}"])
            for churn in (0, 5000)]
    for name in (*replays.CALLS, "locks", "allocations"):
        if runs[0][name] != runs[1][name]:
            raise Failure(f"{name}: {runs[0][name]:.0f}, after 5000 surfaces {runs[1][name]:.0f}")
    return f"{runs[1].per_picture('locks'):.1f} locks for each picture before and after"


def _media_devices():
    """vaInitialize asks each device as much as the first."""
    calls = [replays.replay(streams.Stream("h264", SMALL), options=["frames=1", "skip=1"],
                            VIRTDEC_MEDIA_DEVICES=str(count))["initialize_calls"]
             for count in MEDIA_DEVICES]
    each = (calls[1] - calls[0]) / (MEDIA_DEVICES[1] - MEDIA_DEVICES[0])
    if calls[2] != calls[0] + each * (MEDIA_DEVICES[2] - MEDIA_DEVICES[0]):
        raise Failure(f"{MEDIA_DEVICES} media devices take {calls} calls")
    return f"{each:.0f} calls for each"


def _every_stream():
    """Paths of the self-made clips, and of the test streams where there are some."""
    wanted = [clip for clip in virtdec.clips() if not clip.refuse]
    made = [path for _, path in make.make_all(wanted) if not isinstance(path, RuntimeError)]
    return made + [stream.path for stream in virtdec.streams()
                   if not virtdec.must_refuse(stream, "hantro")]


def _memory(client):
    """What vaCreateContext obtains before the stream is known is little more than what the client
    will use anyway."""
    def peak(path):
        run = needs.run(path, client, pixels=False)
        return ffmpeg.probe(path).codec, run.report.pictures, run.surfaces

    with ThreadPoolExecutor(2) as pool:
        peaks = [found for found in pool.map(peak, _every_stream()) if found[1] and found[2]]
    ratio = sum(pictures for _, pictures, _ in peaks) / sum(used for *_, used in peaks)
    notes = []
    for codec in sorted({codec for codec, *_ in peaks}):
        of_codec = [(pictures, used) for name, pictures, used in peaks if name == codec]
        notes.append(f"{codec} {sum(n for n, _ in of_codec) / sum(n for _, n in of_codec):.2f} "
                     f"({len(of_codec)})")
    if ratio > MOST_MEMORY:
        raise Failure(f"memory for {ratio:.3f} pictures for each that needs it: {', '.join(notes)}")
    return f"{ratio:.3f} of what {len(peaks)} streams need: {', '.join(notes)}"


def _report():
    """The chart of tests/bench is well-formed, with a bar for each number, and the JSON has each."""
    results = table.Table("calls", "Calls & more", ["stream", "all", "polls"], bars=("all", "polls"),
                          rows=[["h264", 7.0, 0.0], ["vp9", 8.0, None]])
    drawn = ElementTree.fromstring(chart.svg([results]))
    bars = len(drawn.findall("{http://www.w3.org/2000/svg}rect"))
    if bars != 1 + len(results.bars) + 3:  # the background, the legend, the numbers
        raise Failure(f"{bars} rectangles")
    if results.as_json()["rows"][1] != {"stream": "vp9", "all": 8.0, "polls": None}:
        raise Failure(f"JSON: {results.as_json()}")


def cases():
    listed = [helpers.build_case("")]
    for codec in streams.CODECS:
        stream = streams.Stream(codec, SMALL)
        listed += [Case(f"ready/{codec}", lambda stream=stream: _ready(stream, "hantro")),
                   Case(f"at-once/{codec}", lambda stream=stream: _at_once(stream, "hantro")),
                   Case(f"waiting/{codec}", lambda stream=stream: _waiting(stream, "hantro"))]
    h264 = streams.Stream("h264", SMALL)
    return listed + [
        Case("ready/h264-own-memory", lambda: _ready(h264, "hantro", VIRTDEC_DMABUF="0")),
        Case("ready/h264-two-buffers", lambda: _ready(h264, "two-buffers")),
        Case("ready/h264-8-slices", lambda: _ready(streams.Stream("h264", SMALL, 8), "hantro")),
        Case("ready/h264-144-slices", lambda: _ready(streams.Stream("h264", TALL, 144), "hantro")),
        Case("ready/h264-exported", lambda: _steady(h264, "hantro", ["settle=1", "export=1"],
                                                    MOST_CALLS + EXPORT)),
        Case("requests/h264-slices", lambda: _slices(1)),
        Case("requests/h264-8-slices", lambda: _slices(8)),
        Case("surfaces-ever-created", _surfaces_ever),
        *(Case(f"memory/{client}", lambda client=client: _memory(client), alone=True)
          for client in ("ffmpeg", "gstreamer")),
        Case("report", _report),
        Case("media-devices", _media_devices)]
