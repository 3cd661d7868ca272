# SPDX-License-Identifier: MIT
"""Whole streams through FFmpeg, libva, the driver and the virtual decoder, against software."""

from concurrent.futures import ThreadPoolExecutor

import yaml

import comparison
import devices
import features
import ffmpeg
import make
import manifest
import recipes
import recipes_vpx
import tools
from results import Case, Failure, Skip
from suites import fillings, helpers, selftest

#: The codec that has to be told apart from MPEG-2; it has no section in the table.
NEIGHBOURS = {"mpeg1video"}


#: Profiles (FFmpeg's names) that no device has, whatever the sampling: HEVC's range extensions.
OUT_OF_SCOPE = {"Rext"}

#: What the coded width and height are multiples of, in samples; other codecs code any size.
BLOCK = {"h264": 16, "mpeg2video": 16, "vp8": 16, "hevc": 8}


def table_codecs():
    """The names of the codecs that the table has."""
    return set(yaml.safe_load((tools.ROOT / "codecs.yaml").read_text(encoding="utf-8")))


def decodable(codec):
    """Whether a personality has the codec (the table's name)."""
    return any(ffmpeg.codec_name(codec) in can.codecs for can in devices.PERSONALITIES.values())


def device(personality, variant=""):
    """The virtual decoder as `personality` with the driver of the build `variant`."""
    made = helpers.must_build(variant)
    return devices.Device(personality, made.driver_dir, made.virtdec)


def beyond(path, personality):
    """Whether the stream at `path` is outside what `personality` can decode, whatever the driver
    does: its codec, its profile, its sampling, its size or its film grain."""
    can = devices.ABILITIES[personality]
    info = ffmpeg.probe(path)
    formats = {"yuv420p", "yuvj420p"} | ({"yuv420p10le"} if info.codec in can.ten_bit else set())
    step = BLOCK.get(info.codec, 1)
    coded = [(length + step - 1) // step * step for length in (info.width, info.height)]
    return (info.codec not in can.codecs or info.pix_fmt not in formats or min(coded) < can.least
            or info.film_grain and not can.film_grain or info.profile in OUT_OF_SCOPE
            or info.monochrome and not can.monochrome)


def variants(path):
    """The variants of personalities on which the stream at `path` has something to show: it is
    within their limits, and beyond those of every personality that has the codec."""
    able = [name for name, can in devices.PERSONALITIES.items()
            if ffmpeg.probe(path).codec in can.codecs]
    return [name for name in devices.VARIANTS
            if not beyond(path, name) and all(beyond(path, other) for other in able)]


def must_refuse(stream, personality):
    """Whether a stream of the manifest has to be refused on `personality`. An "MPEG-2" stream
    without sequence_extension() is an MPEG-1 stream (ISO/IEC 13818-2, 6.1.1.6)."""
    return (stream.should_refuse or "no_sequence_ext" in stream.tags
            or beyond(stream.path, personality))


def must_break_off(stream, personality):
    """Whether the driver has to refuse pictures of a stream that it decodes up to there: they are
    of another size than their references."""
    return stream.tags >= {"framesize_varies", "inter_size_explicit"} \
        and not devices.ABILITIES[personality].resizing


def has_foreign_fields(stream, personality):
    """Whether the stream has field pictures that `personality` does not, after frames perhaps."""
    return stream.codec == "h264" and "field_pic" in stream.tags \
        and not devices.ABILITIES[personality].fields


def check_fields_refused(path, personality, **options):
    """Fails unless the driver answers the first field picture of `path` with an error status."""
    result = comparison.compare(path, device(personality), **options)
    if result.outcome == comparison.IDENTICAL or "VAProfile is not supported" not in (
            result.va_error or ""):
        raise Failure(f"{result.text} (field pictures should be refused)")
    return result.text


def check_broken_off(path, personality, error="resolution not supported", **options):
    """Fails unless pictures of `path` are refused with the status whose text has `error`, and nothing
    else is wrong."""
    result = comparison.compare(path, device(personality), **options)
    if not result.difference or error not in (result.va_error or ""):
        raise Failure(f"{result.text} (should be refused from the change on: {error})")
    return result.text


def check(path, personality, refuse, **options):
    """Fails unless `path` decodes identically on `personality`, or, with `refuse`, is refused;
    `options` are those of comparison.compare()."""
    result = comparison.compare(path, device(personality), **options)
    wanted = comparison.REFUSED if refuse else comparison.IDENTICAL
    if not refuse and result.never_offered:
        raise Skip(result.text)
    if result.outcome != wanted:
        raise Failure(f"{result.text}{' (should be refused)' if refuse else ''}")
    return result.text


#: Clips that go on with what not every device has: the ability, and the error where it is missing.
TURNS = {
    "h264_changes_monochrome.264": ("monochrome", "RT Format is not supported"),
    "av1_changes_film_grain.ivf": ("film_grain", "function is not implemented"),
}


def breaks_off(name, personality):
    """Whether the clip goes on with what that device has not."""
    return name in TURNS and not getattr(devices.ABILITIES[personality], TURNS[name][0])


def clip_case(clip, personality, **options):
    """A Case for a self-made clip."""
    def run():
        try:
            path = make.make(clip)
        except RuntimeError as error:
            raise Failure(str(error)) from error
        made = ffmpeg.software(path)
        if len(made.hashes) < min(5, clip.frames):
            raise Failure(f"the clip has only {len(made.hashes)} frames")
        if breaks_off(clip.name, personality) and not beyond(path, personality):
            return check_broken_off(path, personality, TURNS[clip.name][1], **options)
        return check(path, personality, clip.refuse or beyond(path, personality), **options)

    return Case(f"{personality}/clip/{clip.name}", run)


def stream_case(stream, personality, **options):
    """A Case for a stream of the manifest."""
    options["conceals"] = stream.decode_errors
    name = f"{personality}/{stream.path.parent.parent.name}/{stream.codec}/{stream.path.name}"
    if must_break_off(stream, personality) and not must_refuse(stream, personality):
        return Case(name, lambda: check_broken_off(stream.path, personality, **options))
    if has_foreign_fields(stream, personality) and not must_refuse(stream, personality):
        return Case(name, lambda: check_fields_refused(stream.path, personality, **options))
    return Case(name, lambda: check(stream.path, personality, must_refuse(stream, personality),
                                    **options))


#: Clips of HEVC, and tags of streams, with slice segments and entry points: how they are sent
#: differs from mode to mode.
HEVC_SLICED = {"hevc_main.hevc", "hevc_wavefront.hevc", "hevc_slices_wavefront.hevc",
               "hevc_weight_b.hevc", "hevc_open_gop.hevc", "hevc_main10.hevc",
               "hevc_longer_slice_headers.hevc", "hevc_many_dependent_slices.hevc"}
#: Clips whose pictures have all kinds of references, and where these are named.
HEVC_SETS = {"hevc_main.hevc", "hevc_long_term.hevc", "hevc_sets_in_sps.hevc",
             "hevc_predicted_sets.hevc", "hevc_long_term_in_sps.hevc", "hevc_refs.hevc",
             "hevc_open_gop.hevc", "hevc_starts_at_cra.mkv", "hevc_lost_picture.mkv",
             "hevc_slices_wavefront.hevc", "hevc_intra_only.hevc"}
#: A clip with many surfaces, which go round, for devices that give more buffers than they are asked for.
MANY_SURFACES = {"h264_cabac_pyramid.264"}
HEVC_SLICED_TAGS = {"multi_slice", "dependent_slices", "tiles"}


def hevc_modes(sliced):
    """The modes of HEVC for a clip or a stream that has something to show in each of them."""
    return list(devices.HEVC_MODES) if sliced else []


def features_case():
    """A Case that holds the clips against the features that they are made for."""

    def run():
        named = [clip.name for clip in clips() if clip.name in features.FEATURES]
        lacking = {name: lacks for name in named
                   if (lacks := features.missing(name, make.make(recipes.CLIPS[name])))}
        if lacking:
            raise Failure(f"clips without their feature: {lacking}")
        return f"{len(named)} clips"

    return Case("clip-features", run)


def truth_case(stream):
    """A Case that holds our software truth against the manifest's."""

    def run():
        local = ffmpeg.software(stream.path)
        digest = manifest.hash_of_frames(local.hashes[:stream.frames])
        if digest != stream.frame_hashes_md5:
            # The manifest's pictures are turned where the container says so.
            local = ffmpeg.software(stream.path, stream.frames, rotate=True)
            digest = manifest.hash_of_frames(local.hashes)
        if stream.frames and digest != stream.frame_hashes_md5:
            raise Failure("this FFmpeg's software decode is not what the manifest has")

    return Case(f"truth/{stream.codec}/{stream.path.name}", run)


def insistent_case(stream, personality):
    """A Case for a client that insists on a profile which VA-API does not have: its own list does
    not protect it, so the driver has to answer the first picture that it cannot decode with an
    error status, and must not have shown a wrong one before."""

    def run():
        result = comparison.compare(stream.path, device(personality), any_profile=True)
        if result.outcome == comparison.IDENTICAL or not result.va_error:
            raise Failure(f"no error status; {result.text}")
        return result.text

    return Case(f"{personality}/insist/{stream.path.name}", run)


#: The picture in the alternate reference slot is the first one, to the end.
OLD_REFERENCE = recipes_vpx.vp9("vp9_old_reference.ivf", "a reference of 60 frames ago", "-g", "999",
                                "-auto-alt-ref", "0", "-lag-in-frames", "0", frames=60)


def held_case(personality):
    """A Case for a client with more surfaces than a CAPTURE queue has buffers: those of references
    are not given away, however old."""

    def run():
        path = make.make(OLD_REFERENCE)
        result = comparison.compare(path, device(personality), OLD_REFERENCE.frames,
                                    held=OLD_REFERENCE.frames)
        if result.outcome != comparison.IDENTICAL:
            raise Failure(result.text)
        return result.text

    return Case(f"{personality}/held-surfaces", run)


def clips():
    """The self-made clips of the codecs that a personality has."""
    return [clip for clip in recipes.CLIPS.values() if decodable(clip.codec)]


def streams():
    """The manifest's streams of the codecs that the table and a personality have; empty without a
    vectors directory."""
    codecs = {codec for codec in table_codecs() if decodable(codec)} | NEIGHBOURS
    return [stream for stream in manifest.load().values() if stream.codec in codecs]


def undecodable_case(codec):
    """A Case that says that nothing here decodes a codec of the table."""

    def run():
        raise Skip("no personality of the virtual decoder has it")

    return Case(f"codec/{codec}", run)


def _no_streams():
    raise Skip("no directory of test streams (TEST_VECTORS)")


def cases():
    found = streams()
    with ThreadPoolExecutor(2) as pool:  # variants() asks for each
        list(pool.map(ffmpeg.probe, (stream.path for stream in found)))
    # By stream, not by personality: the software truth is made once and used at once.
    listed = [helpers.build_case(""), features_case()]
    listed.append(Case("meson-test", lambda: helpers.meson_tests("", options=["--suite",
                                                                             "virtdec"])))
    listed += selftest.cases(lambda: device("hantro"))
    for clip in clips():
        if clip.name == "h264_turns_422.264" or clip.name in fillings.HIGH10:
            continue  # decodes in part: the comparison's own test; needs another client
        listed += [clip_case(clip, name) for name in
                   [*devices.PERSONALITIES, *devices.LAYOUTS,
                    *hevc_modes(clip.name in HEVC_SLICED),
                    *(devices.HEVC_SETS if clip.name in HEVC_SETS else ()),
                    *(devices.GENEROUS if clip.name in MANY_SURFACES else ())]]
    listed += fillings.clip_cases()
    for stream in found:
        listed.append(truth_case(stream))
        listed += fillings.stream_cases(stream)
        listed += [stream_case(stream, personality)
                   for personality in [*devices.PERSONALITIES, *variants(stream.path),
                                       *hevc_modes(stream.codec == "hevc" and not
                                                   stream.tags.isdisjoint(HEVC_SLICED_TAGS))]]
    listed += [insistent_case(stream, personality) for personality in ("hantro", "cedrus")
               for stream in found if "sp_si" in stream.tags]
    listed += [held_case(personality) for personality in ("hantro", "mtk")]
    listed += [undecodable_case(codec) for codec in sorted(table_codecs())
               if not decodable(codec)]
    return listed if found else [*listed, Case("streams", _no_streams)]
