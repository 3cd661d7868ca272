# SPDX-License-Identifier: MIT
"""One stream on one device against software: identical, different or refused, and never a guess.

A stream counts as identical only if all of this holds:
- every frame came out of the client as a VA surface, as many as software makes, each with the MD5
  of software's frame;
- the client ended well and never gave VA-API up;
- the device's own account shows at least a job for every frame, and no fault.
"""

import re
import signal
from dataclasses import dataclass

import devices
import ffmpeg
import gstreamer

#: VA-API clients by name.
CLIENTS = {"ffmpeg": ffmpeg, "gstreamer": gstreamer}

IDENTICAL, DIFFERS, REFUSED = "identical", "differs", "refused"
NEVER_OFFERED = "the client has no VA-API decode for this format"


@dataclass
class Result:
    """`outcome` is IDENTICAL, DIFFERS or REFUSED; `text` is what a line about the file says after
    its name; `fps` is the driver's frames a second, download included; `difference` is the index
    of the first frame that differs, None without one; `va_error` is the first error status that
    the client reports, None without one; `never_offered` says that a refused stream never came
    as far as the driver, because the client does not know its format on VA-API."""

    outcome: str
    text: str
    frames: int = 0
    fps: float = 0.0
    difference: int = None
    va_error: str = None
    never_offered: bool = False


def first_difference(left, right):
    """The index of the first element that differs (the shorter one's end counts), or None."""
    for index, (a, b) in enumerate(zip(left, right)):
        if a != b:
            return index
    return None if len(left) == len(right) else min(len(left), len(right))


def _run_hardware(client, path, device, truth, preload, env, **options):
    record = devices.record_file()
    try:
        merged = device.env(record, preload)
        merged.update(env or {})
        decode = client.hardware(path, device.render_node, merged, truth, **options)
        return decode, device.read_record(record)
    finally:
        record.unlink(missing_ok=True)


def _dies_of_refusal(client, path, device, truth, decode, report, limit, env, **options):
    """Whether the driver refused the first picture, and the client died of that in its own code:
    FFmpeg 5.1 does so where AV1 goes on with references that the driver has refused. Nothing may
    have been decoded, the driver's error status must be on record, and a second run must show that
    the client dies in libavcodec and not in a call."""
    if (client is not ffmpeg or decode.finished.status != -signal.SIGSEGV or decode.hashes
            or report.jobs or not client.va_error(decode.log) or not device.crash_reporter):
        return False
    again, report = _run_hardware(client, path, device, truth, [device.crash_reporter], env,
                                  limit=limit, **options)
    return not report.jobs and ffmpeg.died_of_itself(again.log)


def _complaint(client, path, limit, truth, decode, report, device):
    """Why frames with the right MD5 still do not count, or None."""
    ending = decode.finished.ending()
    if ending:
        return f"client: {ending}"
    if client.fell_back(decode.log):
        return "the client fell back to software"
    if report.jobs < len(decode.hashes):
        return f"the device did {report.jobs} jobs for {len(decode.hashes)} frames"
    if report.faults:
        return f"{device.name}: {report.faults[0]}"
    if report.corrupt or report.missing:
        # A reference may lack, and pictures be broken, only where the stream itself is.
        broken = (ffmpeg.lacks_references(truth.log) or ffmpeg.starts_late(path)
                  or ffmpeg.intact_frames(path, limit) is not None)
        if not broken:
            return f"{device.name}: {(report.missing or [f'{report.corrupt} corrupt jobs'])[0]}"
    return None


def _intact_frames(path, limit, different, conceals, report):
    """How many leading frames have to be equal where frame `different` is not."""
    intact = ffmpeg.intact_frames(path, limit)
    if conceals and (intact is None or different < intact):
        intact = ffmpeg.intact_frames(path, limit, conceals=True)
    if intact is not None and report.missing:
        # A broken stream may lack references, too, without an error. A job is a picture or a field.
        jobs = [int(job) for job in re.findall(r"job=(\d+)", " ".join(report.missing))]
        intact = min(intact, ffmpeg.shown_before(path, min(jobs, default=0) // 2))
    return intact


def compare(path, device, limit=0, preload=(), env=None, client="ffmpeg", conceals=False,
            **options):
    """Decodes `path` both ways (`limit` frames at most, 0: all) and returns a Result.
    `env` and `preload` are the client's, `options` are those of its hardware(). `conceals`: the
    stream is known to be broken, so that software may have concealed what it does not tell."""
    client = CLIENTS[client]
    info = ffmpeg.probe(path)
    codec = info.codec or "unknown"
    size = f"{info.width}x{info.height}"
    truth = ffmpeg.software(path, limit)
    if truth.finished.crashed():
        return Result(DIFFERS, f"no software truth: {truth.finished.ending()}")
    decode, report = _run_hardware(client, path, device, truth, preload, env, limit=limit,
                                   **options)
    note = ""
    if client is ffmpeg and _cropped_left_or_top(truth, decode):
        # FFmpeg leaves left and top cropping of hardware frames to the player: compare all that
        # is coded, which contains what is shown.
        truth = ffmpeg.software(path, limit, cropping=False)
        decode, report = _run_hardware(client, path, device, truth, preload, env, limit=limit,
                                       cropping=False, **options)
        note = ", uncropped"

    different = first_difference(truth.hashes, decode.hashes)

    def result(outcome, text):
        return Result(outcome, text, len(decode.hashes), len(decode.hashes) / decode.seconds,
                      different, client.va_error(decode.log), text.endswith(NEVER_OFFERED))

    if _dies_of_refusal(client, path, device, truth, decode, report, limit, env, **options):
        return result(REFUSED, f"refused: {client.va_error(decode.log)} (of which the client dies)")
    if decode.finished.crashed():
        return result(DIFFERS, f"differs at frame {len(decode.hashes)} "
                               f"(client: {decode.finished.ending()})")
    if not client.driver_answered(decode.log):
        return result(DIFFERS, "differs at frame 0 (the driver was not loaded)")
    if not decode.hashes:
        reason = client.refusal(decode.log) or client.va_error(decode.log)
        if reason is None and not truth.hashes and not report.jobs:
            reason = "the client cannot decode it either"
        if reason is None and not report.jobs:
            reason = client.never_offered(decode.log) and NEVER_OFFERED
        if reason:
            return result(REFUSED, f"refused: {reason}")
    total = len(truth.hashes)
    intact = None
    if different is not None:
        intact = _intact_frames(path, limit, different, conceals, report)
        if intact is None or different < intact:
            return result(DIFFERS, f"differs at frame {different} (hw {len(decode.hashes)} frames, "
                                   f"sw {total}){_hint(client, decode, report)}")
        # Software conceals in its own way what is broken; what came before is compared.
        same = sum(a == b for a, b in zip(truth.hashes, decode.hashes))
        note += f" (stream broken from frame {intact}; of all {total} frames {same} identical)"
        total = different
    complaint = _complaint(client, path, limit, truth, decode, report, device)
    if not decode.hashes:
        complaint = complaint or "no frame came out"
    if complaint:
        return result(DIFFERS, f"differs at frame 0 ({complaint})")
    return result(IDENTICAL, f"{codec} {size} {total}/{total} frames identical{note}")


def _cropped_left_or_top(truth, decode):
    return bool(truth.sizes and decode.sizes and truth.sizes[0] < decode.sizes[0])


def _hint(client, decode, report):
    """What the client or the device said that may explain a difference."""
    hints = [client.va_error(decode.log) or "", decode.finished.ending() or "",
             *report.faults[:1], *report.missing[:1]]
    if client.fell_back(decode.log):
        hints.append("the client fell back to software: "
                     f"{client.refusal(decode.log) or 'reason unknown'}")
    text = "; ".join(hint for hint in hints if hint)
    return f" [{text}]" if text else ""
