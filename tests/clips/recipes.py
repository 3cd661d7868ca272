# SPDX-License-Identifier: MIT
"""What the self-made clips are: a synthetic source, an encoder's options, and the feature each has.

A Clip's `source` is a lavfi filter graph, `options` are FFmpeg's output options. `parts` names
clips whose raw streams are joined instead of encoding anything. `refuse` marks what lies outside the
driver's scope.
"""

from dataclasses import dataclass, field

FRAMES = 30


@dataclass(frozen=True)
class Clip:
    """One clip; `name` ends in the file's suffix, which also chooses the container."""

    name: str
    feature: str
    source: str = ""
    options: tuple = ()
    parts: tuple = ()
    refuse: bool = False
    frames: int = FRAMES
    demo: bool = field(default=False)


def moving(size="352x288", rate=25):
    """Hard edges, moving objects and changing text."""
    return f"testsrc2=size={size}:rate={rate}"


def zooming(size="352x288"):
    """Fine detail that moves everywhere at once: long vectors and many partitions."""
    return f"mandelbrot=size={size}:rate=25:end_pts=200:start_scale=1.2"


def noisy(size="352x288"):
    """Detail that cannot be predicted: large slices and every coefficient position."""
    return moving(size) + ",noise=alls=40:allf=t+u:all_seed=7"


def fading(size="352x288"):
    """Brightness that changes from picture to picture: weighted prediction pays."""
    return moving(size) + ",fade=in:0:12,fade=out:16:12"


def interlaced(size="352x288"):
    """True interlaced material: two moments in one frame."""
    return moving(size, 50) + ",interlace=lowpass=off"


def h264(name, feature, params, *, source=None, extra=(), **rest):
    """A clip made by libx264 with the encoder's own `params`."""
    common = "threads=1:rc-lookahead=10"
    params = f"{common}:{params}" if params else common
    return Clip(name, feature, source or moving(),
                ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "medium", *extra,
                 "-x264-params", params), **rest)


def mpeg2(name, feature, *options, source=None, **rest):
    """A clip made by FFmpeg's mpeg2video encoder."""
    return Clip(name, feature, source or moving(),
                ("-c:v", "mpeg2video", "-pix_fmt", "yuv420p", "-qscale:v", "4", *options), **rest)


# A ramp and an arch: no two neighbours alike, rows unlike columns: a wrong scan order shows.
_RAMP16 = ",".join(str(10 + 3 * i) for i in range(16))
_ARCH16 = ",".join(str(40 - 2 * abs(i - 6)) for i in range(16))
_RAMP64 = ",".join(str(12 + i) for i in range(64))
_ARCH64 = ",".join(str(60 - abs(i - 20)) for i in range(64))
_CQM = (f"cqm4iy={_RAMP16}:cqm4ic={_ARCH16}:cqm4py={_ARCH16}:cqm4pc={_RAMP16}:"
        f"cqm8i={_RAMP64}:cqm8p={_ARCH64}")

H264 = (
    h264("h264_baseline_cavlc.264", "Constrained Baseline: CAVLC, P with three references",
         "ref=3", extra=("-profile:v", "baseline")),
    h264("h264_intra_only.264", "every picture an IDR picture", "keyint=1"),
    h264("h264_cabac_pyramid.264", "CABAC, B pyramid, six references",
         "bframes=5:b-adapt=0:b-pyramid=normal:ref=6:8x8dct=0", source=zooming()),
    h264("h264_pyramid_strict.264", "B pyramid with marking commands",
         "bframes=7:b-adapt=0:b-pyramid=strict:ref=4", source=zooming()),
    h264("h264_cavlc_8x8.264", "CAVLC with the 8x8 transform", "cabac=0:8x8dct=1:bframes=2"),
    h264("h264_direct_temporal.264", "temporal direct mode", "direct=temporal:bframes=3:b-adapt=0",
         source=zooming()),
    h264("h264_direct_temporal_cavlc.264", "temporal direct mode with CAVLC",
         "direct=temporal:bframes=3:b-adapt=0:cabac=0:8x8dct=0"),
    h264("h264_direct_spatial.264", "spatial direct mode", "direct=spatial:bframes=3:b-adapt=0",
         source=zooming()),
    h264("h264_direct_auto.264", "direct mode chosen picture by picture",
         "direct=auto:bframes=3:b-adapt=0", source=noisy()),
    h264("h264_weight_explicit_p.264", "explicit weights in P slices", "weightp=2:bframes=0:ref=3",
         source=fading()),
    h264("h264_weight_implicit_b.264", "implicit weights in B slices",
         "weightp=0:weightb=1:bframes=4:b-adapt=0:b-pyramid=normal", source=fading()),
    h264("h264_weight_both.264", "explicit and implicit weights with many references",
         "weightp=2:weightb=1:bframes=3:ref=8", source=fading()),
    h264("h264_cqm_jvt.264", "the default scaling matrices of the standard", "cqm=jvt:bframes=2",
         source=noisy()),
    h264("h264_cqm_custom.264", "six custom scaling matrices", f"{_CQM}:bframes=2",
         source=noisy()),
    h264("h264_cqm_custom_4x4.264", "custom 4x4 matrices without the 8x8 transform",
         f"cqm4iy={_RAMP16}:cqm4py={_ARCH16}:8x8dct=0", source=noisy()),
    h264("h264_slices.264", "four slices a picture", "slices=4:bframes=2"),
    h264("h264_slice_max_size.264", "many short slices", "slice-max-size=300:bframes=2",
         source=noisy("176x144")),
    h264("h264_slice_max_mbs.264", "slices that end inside a row", "slice-max-mbs=17:bframes=2"),
    h264("h264_slices_no_cross_deblock.264", "slices without deblocking", "slices=3:no-deblock=1"),
    h264("h264_mbaff_tff.264", "MBAFF, top field first", "tff=1:bframes=3", source=interlaced()),
    h264("h264_mbaff_bff_cavlc.264", "MBAFF, bottom field first, CAVLC", "bff=1:cabac=0:bframes=2",
         source=interlaced()),
    h264("h264_mbaff_temporal.264", "MBAFF with temporal direct mode and implicit weights",
         "tff=1:direct=temporal:bframes=3:b-adapt=0:weightb=1", source=interlaced()),
    h264("h264_mbaff_slices_cqm.264", "MBAFF, slices, scaling matrices", "tff=1:slices=3:cqm=jvt",
         source=interlaced()),
    h264("h264_fake_interlaced.264", "frame pictures in an interlaced sequence",
         "fake-interlaced=1:pic-struct=1"),
    h264("h264_refs16.264", "a long group of pictures with sixteen references",
         "ref=16:keyint=infinite:bframes=3:b-pyramid=normal", source=zooming("176x144"), frames=60),
    h264("h264_crop_350x286.264", "cropping right and bottom", "bframes=2",
         source=moving("350x286")),
    h264("h264_crop_mbaff_178x148.264", "cropping of interlaced pictures", "tff=1",
         source=interlaced("178x148")),
    h264("h264_tiny_34x18.264", "a picture of a few macroblocks", "bframes=2",
         source=moving("34x18")),
    h264("h264_intra_refresh.264", "intra refresh instead of key frames",
         "intra-refresh=1:keyint=15:bframes=0"),
    h264("h264_open_gop.264", "open groups of pictures",
         "open-gop=1:keyint=10:bframes=3:b-adapt=0"),
    h264("h264_bluray.264", "Blu-ray restrictions: slices, delimiters, NAL HRD",
         "bluray-compat=1:slices=4:keyint=12:open-gop=1:nal-hrd=vbr:aud=1:force-cfr=1:"
         "vbv-maxrate=2000:vbv-bufsize=2000"),
    h264("h264_deblock_offsets.264", "deblocking with offsets", "deblock=-3,3:bframes=2"),
    h264("h264_chroma_qp_offset.264", "chroma quantizer offset", "chroma-qp-offset=-9:bframes=2"),
    h264("h264_constrained_intra.264", "constrained intra prediction",
         "constrained-intra=1:8x8dct=0"),
    h264("h264_big_frames.264", "pictures larger than a modest bitstream buffer", "qp=2",
         source=noisy("640x480"), frames=12),
    h264("h264_avcc.mp4", "length-prefixed NAL units, parameter sets out of band", "bframes=2"),
    h264("h264_matroska.mkv", "length-prefixed NAL units in Matroska", "bframes=2"),
    h264("h264_transport.ts", "a transport stream", "bframes=2:keyint=12"),
    h264("h264_late_start.mkv", "starts before its first key frame", "keyint=12:bframes=2",
         extra=("-bsf:v", r"noise=drop=lt(n\,3)")),
    h264("h264_late_parameters.264", "starts before its first parameter sets",
         "keyint=12:bframes=2", extra=("-bsf:v", r"noise=drop=lt(n\,3)")),
    h264("h264_part_small.264", "small part of the clip that changes size", "bframes=2:ref=2",
         source=moving("176x144"), frames=10),
    h264("h264_part_wide.264", "wide part of the clip that changes size", "bframes=3:ref=4",
         source=moving("320x180"), frames=10),
    h264("h264_part_cavlc.264", "same size as the small part, other parameter sets",
         "cabac=0:8x8dct=0:ref=5:bframes=0", source=zooming("176x144"), frames=10),
    Clip("h264_changes_size.264", "three sizes in one stream",
         parts=("h264_part_small.264", "h264_part_wide.264", "h264_crop_350x286.264",
                "h264_part_small.264")),
    Clip("h264_changes_parameters.264", "new parameter sets, same size",
         parts=("h264_part_small.264", "h264_part_cavlc.264", "h264_part_small.264")),
    Clip("h264_turns_422.264", "outside the driver's scope from the middle on",
         parts=("h264_part_small.264", "h264_422_refuse.264")),
    h264("h264_1080p.264", "1920x1080 with cropping", "bframes=3:ref=3", source=moving("1920x1080"),
         extra=("-preset", "veryfast"), demo=True, frames=60),
    h264("h264_high10.264", "High 10", "bframes=2", extra=("-pix_fmt", "yuv420p10le")),
    h264("h264_422_refuse.264", "4:2:2", "", extra=("-pix_fmt", "yuv422p"), refuse=True, frames=5),
    h264("h264_444_refuse.264", "4:4:4", "", extra=("-pix_fmt", "yuv444p"), refuse=True, frames=5),
    h264("h264_lossless_refuse.264", "lossless: High 4:4:4 Predictive", "qp=0", refuse=True,
         frames=5),
)

MPEG2 = (
    mpeg2("mpeg2_ip.m2v", "I and P pictures", "-bf", "0"),
    mpeg2("mpeg2_intra_only.m2v", "I pictures only", "-g", "1"),
    mpeg2("mpeg2_b2.m2v", "I, P and B pictures", "-bf", "2", source=zooming(), demo=True),
    mpeg2("mpeg2_b5.m2v", "long runs of B pictures", "-bf", "5", "-b_strategy", "0"),
    mpeg2("mpeg2_simple.m2v", "Simple profile", "-bf", "0", "-profile:v", "simple", "-level:v",
          "main"),
    mpeg2("mpeg2_closed_gop.m2v", "closed groups of pictures", "-bf", "2", "-g", "10", "-flags",
          "+cgop", "-sc_threshold", "1000000000"),
    mpeg2("mpeg2_open_gop.m2v", "open groups of pictures", "-bf", "2", "-g", "9"),
    mpeg2("mpeg2_low_delay.m2v", "low delay", "-bf", "0", "-flags", "+low_delay"),
    mpeg2("mpeg2_interlaced_dct.m2v", "field DCT in frame pictures", "-flags", "+ildct", "-bf",
          "2", "-top", "1", source=interlaced()),
    mpeg2("mpeg2_interlaced_tff.m2v", "field DCT and field motion, top field first", "-flags",
          "+ildct+ilme", "-bf", "2", "-top", "1", source=interlaced()),
    mpeg2("mpeg2_interlaced_bff.m2v", "field DCT and field motion, bottom field first", "-flags",
          "+ildct+ilme", "-bf", "2", "-top", "0", source=interlaced()),
    mpeg2("mpeg2_alternate_scan.m2v", "alternate scan", "-alternate_scan", "1", "-bf", "2",
          source=noisy()),
    mpeg2("mpeg2_intra_vlc.m2v", "the second intra VLC table", "-intra_vlc", "1", "-bf", "2",
          source=noisy()),
    mpeg2("mpeg2_non_linear_quant.m2v", "non-linear quantiser scale", "-non_linear_quant", "1",
          "-qmax", "28", "-bf", "2", source=noisy()),
    mpeg2("mpeg2_altscan_ivlc_nlq.m2v", "interlaced with all three of them", "-flags",
          "+ildct+ilme", "-alternate_scan", "1", "-intra_vlc", "1", "-non_linear_quant", "1",
          "-qmax", "28", "-top", "1", "-bf", "2", source=interlaced()),
    mpeg2("mpeg2_matrices.m2v", "custom intra and non-intra matrices", "-intra_matrix",
          "8," + _RAMP64.split(",", 1)[1], "-inter_matrix", _ARCH64, "-bf", "2", source=noisy()),
    mpeg2("mpeg2_intra_matrix_altscan.m2v", "custom intra matrix with alternate scan",
          "-intra_matrix", "8," + _ARCH64.split(",", 1)[1], "-alternate_scan", "1",
          source=noisy()),
    *(mpeg2(f"mpeg2_dc{bits}.m2v", f"intra DC precision of {bits} bits", "-dc", str(bits),
            "-qscale:v", "1", source=noisy("176x144")) for bits in (8, 9, 10, 11)),
    mpeg2("mpeg2_slices.m2v", "several slices a row", "-slices", "36", "-bf", "2"),
    mpeg2("mpeg2_odd_350x286.m2v", "a size that is no multiple of sixteen", "-bf", "2",
          source=moving("350x286")),
    mpeg2("mpeg2_odd_interlaced_178x150.m2v", "an interlaced size that is no multiple of 32",
          "-flags", "+ildct+ilme", source=interlaced("178x150")),
    mpeg2("mpeg2_big_frames.m2v", "pictures larger than a modest bitstream buffer", "-qscale:v",
          "1", source=noisy("640x480"), frames=12),
    mpeg2("mpeg2_program.mpg", "a program stream", "-bf", "2"),
    mpeg2("mpeg2_transport.ts", "a transport stream", "-bf", "2"),
    mpeg2("mpeg2_late_start.m2v", "starts before its first I picture", "-g", "9", "-bf", "2",
          "-bsf:v", r"noise=drop=lt(n\,2)"),
    mpeg2("mpeg2_part_small.m2v", "small part of the clip that changes size", "-bf", "2",
          source=moving("176x144"), frames=10),
    mpeg2("mpeg2_part_matrices.m2v", "same size as the small part, custom matrices",
          "-intra_matrix", "8," + _RAMP64.split(",", 1)[1], source=noisy("176x144"), frames=10),
    Clip("mpeg2_changes_size.m2v", "two sizes in one stream",
         parts=("mpeg2_part_small.m2v", "mpeg2_odd_350x286.m2v", "mpeg2_part_small.m2v")),
    Clip("mpeg2_changes_matrices.m2v", "matrices that return to the defaults",
         parts=("mpeg2_part_small.m2v", "mpeg2_part_matrices.m2v", "mpeg2_part_small.m2v")),
    mpeg2("mpeg2_1080p.m2v", "1920x1080 with 1088 coded lines", "-bf", "2",
          source=moving("1920x1080"), frames=12),
    mpeg2("mpeg2_422_refuse.m2v", "4:2:2", "-pix_fmt", "yuv422p", refuse=True, frames=5),
)

CLIPS = {clip.name: clip for clip in H264 + MPEG2}
