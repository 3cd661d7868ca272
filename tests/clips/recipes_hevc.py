# SPDX-License-Identifier: MIT
"""Recipes of the HEVC clips: each feature that libx265 can make."""

from clip import Clip, fading, interlaced, moving, noisy, zooming


def hevc(name, feature, params, *, source=None, extra=(), **rest):
    """A clip made by libx265 with the encoder's own `params`."""
    common = "pools=1:frame-threads=1:log-level=error:rc-lookahead=10"
    params = f"{common}:{params}" if params else common
    return Clip(name, feature, source or moving(),
                ("-c:v", "libx265", "-pix_fmt", "yuv420p", "-preset", "fast", *extra,
                 "-x265-params", params), **rest)


HEVC = (
    hevc("hevc_main.hevc", "Main profile with a B pyramid", "bframes=4:b-pyramid=1:ref=4",
         source=zooming(), demo=True),
    hevc("hevc_intra_only.hevc", "every picture an IDR picture", "keyint=1"),
    hevc("hevc_low_delay_p.hevc", "P pictures with several references", "bframes=0:ref=5"),
    hevc("hevc_ctu16.hevc", "coding tree blocks of 16x16", "ctu=16:max-tu-size=16:bframes=2"),
    hevc("hevc_ctu32.hevc", "coding tree blocks of 32x32", "ctu=32:bframes=2"),
    hevc("hevc_partitions.hevc", "asymmetric partitions, deep transform trees",
         "amp=1:rect=1:tu-inter-depth=4:tu-intra-depth=4:bframes=3", source=noisy("176x144")),
    hevc("hevc_wavefront.hevc", "entropy coding synchronised between rows", "wpp=1:bframes=3"),
    hevc("hevc_no_wavefront.hevc", "without entry points", "wpp=0:bframes=3"),
    hevc("hevc_slices_wavefront.hevc", "slices with entry points", "slices=3:wpp=1:bframes=2"),
    hevc("hevc_weight_p.hevc", "weighted prediction in P slices", "weightp=1:bframes=0:ref=3",
         source=fading()),
    hevc("hevc_weight_b.hevc", "weighted prediction in B slices", "weightb=1:weightp=1:bframes=3",
         source=fading()),
    hevc("hevc_scaling_default.hevc", "the default scaling lists", "scaling-list=default:bframes=2",
         source=noisy()),
    hevc("hevc_transform_skip.hevc", "transform skip and sign hiding",
         "tskip=1:signhide=1:rd=6:bframes=2", source=noisy("176x144")),
    hevc("hevc_lossless_units.hevc", "coding units without loss", "cu-lossless=1:crf=8:bframes=2",
         source=moving("176x144"), frames=12),
    hevc("hevc_no_sao.hevc", "without sample adaptive offset", "sao=0:bframes=2"),
    hevc("hevc_no_deblock.hevc", "without the deblocking filter", "deblock=0:no-deblock=1"),
    hevc("hevc_deblock_offsets.hevc", "deblocking with offsets", "deblock=-3,4:bframes=2"),
    hevc("hevc_strong_intra_off.hevc", "without strong intra smoothing",
         "strong-intra-smoothing=0:constrained-intra=1:bframes=2"),
    hevc("hevc_qp_groups.hevc", "quantizer groups and chroma offsets",
         "aq-mode=3:qg-size=16:cbqpoffs=-3:crqpoffs=4:bframes=2", source=noisy()),
    hevc("hevc_no_temporal_mvp.hevc", "without temporal motion vector prediction",
         "temporal-mvp=0:bframes=2"),
    hevc("hevc_merge5.hevc", "five merge candidates", "max-merge=5:bframes=3", source=zooming()),
    hevc("hevc_refs.hevc", "many references in a long group of pictures",
         "ref=6:bframes=5:b-adapt=0:keyint=-1", source=zooming("176x144"), frames=60),
    hevc("hevc_open_gop.hevc", "open groups of pictures with CRA pictures",
         "open-gop=1:keyint=10:bframes=3:b-adapt=0"),
    hevc("hevc_radl.hevc", "decodable leading pictures",
         "radl=2:open-gop=0:keyint=12:bframes=4:b-adapt=0"),
    hevc("hevc_intra_refresh.hevc", "intra refresh", "intra-refresh=1:keyint=15:bframes=0"),
    hevc("hevc_temporal_layers.hevc", "two temporal sub-layers", "temporal-layers=2:bframes=3"),
    hevc("hevc_crop_350x286.hevc", "a conformance window", "bframes=2", source=moving("350x286")),
    hevc("hevc_interlaced.hevc", "field pictures as frames of their own", "interlace=tff",
         source=interlaced()),
    hevc("hevc_big_frames.hevc", "pictures larger than a modest bitstream buffer", "qp=4",
         source=noisy("640x480"), frames=8),
    hevc("hevc_container.mp4", "length-prefixed NAL units", "bframes=2", extra=("-tag:v", "hvc1")),
    hevc("hevc_late_start.mkv", "starts before its first key frame",
         "keyint=12:bframes=2:open-gop=0", extra=("-bsf:v", r"noise=drop=lt(n\,3)")),
    hevc("hevc_part_small.hevc", "small part of the clip that changes size", "bframes=2",
         source=moving("176x144"), frames=10),
    Clip("hevc_changes_size.hevc", "three sizes in one stream",
         parts=("hevc_part_small.hevc", "hevc_crop_350x286.hevc", "hevc_part_small.hevc")),
    hevc("hevc_1080p.hevc", "1920x1080 with a conformance window", "bframes=3",
         source=moving("1920x1080"), extra=("-preset", "ultrafast"), frames=12),
    hevc("hevc_main10.hevc", "Main 10", "bframes=3", extra=("-pix_fmt", "yuv420p10le")),
    hevc("hevc_main10_scaling.hevc", "Main 10 with scaling lists and weights",
         "scaling-list=default:weightp=1:weightb=1:bframes=3", source=fading(),
         extra=("-pix_fmt", "yuv420p10le")),
    hevc("hevc_422_refuse.hevc", "4:2:2", "", extra=("-pix_fmt", "yuv422p"), refuse=True,
         frames=5),
    hevc("hevc_main12_refuse.hevc", "12 bits", "", extra=("-pix_fmt", "yuv420p12le"), refuse=True,
         frames=5),
)
