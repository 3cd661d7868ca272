# SPDX-License-Identifier: MIT
"""Recipes of the AV1 clips: each feature that libaom can make through FFmpeg."""

from clip import Clip, fading, moving, noisy, zooming


def av1(name, feature, params="", *, source=None, extra=(), **rest):
    """A clip made by libaom with the encoder's own `params`."""
    options = ("-aom-params", params) if params else ()
    return Clip(name, feature, source or moving("176x144"),
                ("-c:v", "libaom-av1", "-pix_fmt", "yuv420p", "-cpu-used", "6", "-crf", "35",
                 "-b:v", "0", "-lag-in-frames", "12", *extra, *options),
                **{"frames": 16, **rest})


def svt(name, feature, params, **rest):
    """A clip made by SVT-AV1, for what FFmpeg cannot ask libaom for."""
    return Clip(name, feature, moving("176x144"),
                ("-c:v", "libsvtav1", "-pix_fmt", "yuv420p", "-preset", "8", "-crf", "40",
                 "-svtav1-params", f"lp=1:{params}"), **{"frames": 12, **rest})


AV1 = (
    av1("av1_hidden_frames.ivf", "hidden and repeated frames", source=zooming(), frames=24,
        demo=True),
    av1("av1_key_frames.ivf", "key frames only", extra=("-g", "1"), frames=6),
    av1("av1_tiles.ivf", "tile columns and rows", "tile-columns=1:tile-rows=1",
        source=moving("512x256"), frames=8),
    av1("av1_tile_groups.ivf", "several tile groups",
        "tile-columns=1:tile-rows=1:num-tile-groups=2", source=moving("512x256"), frames=8),
    av1("av1_no_filters.ivf", "without CDEF and restoration",
        "enable-cdef=0:enable-restoration=0"),
    av1("av1_restoration.ivf", "loop restoration", "enable-restoration=1", source=noisy(),
        extra=("-cpu-used", "3"), frames=8),
    av1("av1_superblock64.ivf", "superblocks of 64x64", "sb-size=64"),
    av1("av1_superblock128.ivf", "superblocks of 128x128", "sb-size=128",
        source=moving("352x288")),
    av1("av1_quantizer_matrices.ivf", "quantizer matrices", "enable-qm=1:qm-min=2:qm-max=10",
        source=noisy("176x144")),
    av1("av1_delta_q.ivf", "quantizer and loop filter deltas inside a frame",
        "deltaq-mode=1:delta-lf-mode=1"),
    av1("av1_segments.ivf", "segments", "aq-mode=1", source=noisy("176x144")),
    av1("av1_screen.ivf", "palettes and intra block copy", "tune-content=screen",
        extra=("-g", "4")),
    av1("av1_error_resilient.ivf", "error resilient frames", "error-resilient=1"),
    av1("av1_still_picture.ivf", "still pictures", extra=("-still-picture", "1"),
        frames=5),
    av1("av1_global_motion.ivf", "global and warped motion", "enable-global-motion=1",
        source="mandelbrot=size=176x144:rate=25:end_scale=0.1:maxiter=300",
        extra=("-cpu-used", "2", "-crf", "30"), frames=8),
    av1("av1_compound.ivf", "compound prediction", source=fading("176x144"),
        extra=("-cpu-used", "3"), frames=20),
    av1("av1_film_grain.ivf", "film grain", "film-grain-test=3", frames=10),
    av1("av1_part_plain.ivf", "the part without film grain of clips that change it", frames=6),
    av1("av1_part_grain.ivf", "the part with film grain", "film-grain-test=3", frames=6),
    Clip("av1_changes_film_grain.ivf", "without, with and without film grain, of one size",
         parts=("av1_part_plain.ivf", "av1_part_grain.ivf", "av1_part_plain.ivf"),
         edit="one_stream"),
    av1("av1_lossless.ivf", "lossless", "lossless=1", frames=6),
    av1("av1_odd_197x131.ivf", "an odd size", source=moving("197x131")),
    av1("av1_container.mp4", "a container"),
    av1("av1_no_order_hint.ivf", "no order hints", "enable-order-hint=0"),
    av1("av1_reduced_transforms.ivf", "the reduced set of transforms", "reduced-tx-type-set=1"),
    svt("av1_superres.ivf", "super resolution",
        "superres-mode=1:superres-denom=12:superres-kf-denom=10"),
    svt("av1_scaled_references.ivf", "references of another size",
        "resize-mode=1:resize-denom=12:resize-kf-denom=8"),
    svt("av1_switch_frames.ivf", "switch frames",
        "pred-struct=1:sframe-dist=4:sframe-mode=1", edit="announced_size", frames=16),
    svt("av1_intra_only_frames.ivf", "intra-only frames where a group of pictures begins",
        "irefresh-type=1:keyint=7", frames=24),
    av1("av1_screen_10bit.ivf", "palettes and intra block copy on 10 bits", "tune-content=screen",
        extra=("-g", "4", "-pix_fmt", "yuv420p10le")),
    av1("av1_tiles_10bit.ivf", "tiles on 10 bits", "tile-columns=1:tile-rows=1",
        source=moving("512x256"), extra=("-pix_fmt", "yuv420p10le"), frames=6),
    av1("av1_film_grain_10bit.ivf", "film grain on 10 bits", "film-grain-test=12", frames=8,
        extra=("-pix_fmt", "yuv420p10le")),
    av1("av1_10bit.ivf", "10 bits", extra=("-pix_fmt", "yuv420p10le")),
    av1("av1_monochrome_refuse.ivf", "monochrome", extra=("-pix_fmt", "gray"), refuse=True,
        frames=5),
    av1("av1_444_refuse.ivf", "4:4:4", extra=("-pix_fmt", "yuv444p"), refuse=True, frames=5),
)
