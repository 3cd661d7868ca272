# SPDX-License-Identifier: MIT
"""Recipes of the VP8 and VP9 clips: each feature that libvpx can make."""

from clip import Clip, fading, moving, noisy, zooming


def vp8(name, feature, *options, source=None, **rest):
    """A clip made by libvpx for VP8."""
    return Clip(name, feature, source or moving(),
                ("-c:v", "libvpx", "-pix_fmt", "yuv420p", "-b:v", "500k", "-deadline", "good",
                 "-cpu-used", "4", *options), **rest)


def vp9(name, feature, *options, source=None, **rest):
    """A clip made by libvpx for VP9."""
    return Clip(name, feature, source or moving(),
                ("-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-b:v", "500k", "-deadline", "good",
                 "-cpu-used", "5", *options), **rest)


VP8 = (
    vp8("vp8_golden_altref.ivf", "golden and hidden alternate reference frames",
        "-auto-alt-ref", "1", "-lag-in-frames", "16", "-arnr-maxframes", "5", demo=True, frames=60),
    vp8("vp8_key_frames.ivf", "key frames only", "-g", "1"),
    vp8("vp8_partitions2.ivf", "two token partitions", "-slices", "2"),
    vp8("vp8_partitions4.ivf", "four token partitions", "-slices", "4", source=zooming()),
    vp8("vp8_partitions8.ivf", "eight token partitions", "-slices", "8", source=noisy()),
    vp8("vp8_error_resilient.ivf", "no probabilities kept between frames", "-error-resilient", "1",
        source=zooming()),
    vp8("vp8_resilient_partitions.ivf", "independent partitions", "-error-resilient", "partitions",
        "-slices", "4"),
    vp8("vp8_sharpness.ivf", "loop filter with sharpness", "-sharpness", "6", source=noisy()),
    vp8("vp8_profile1.ivf", "bilinear prediction, simple loop filter", "-profile:v", "1"),
    vp8("vp8_profile2.ivf", "bilinear prediction, no loop filter", "-profile:v", "2"),
    vp8("vp8_profile3.ivf", "full-pixel chroma vectors", "-profile:v", "3"),
    vp8("vp8_segments.ivf", "segments with quantizers of their own", "-static-thresh", "1000",
        "-deadline", "realtime", "-cpu-used", "0", "-noise-sensitivity", "3"),
    vp8("vp8_low_quantizer.ivf", "quantizer index 0 and large frames", "-qmin", "0", "-qmax", "4",
        "-b:v", "20M", source=noisy("640x480"), frames=10),
    vp8("vp8_high_quantizer.ivf", "the coarsest quantizers", "-qmin", "60", "-qmax", "63",
        source=fading()),
    vp8("vp8_small_40x34.ivf", "less than 48x48, which its macroblocks have",
        source=moving("40x34")),
    vp8("vp8_odd_351x287.ivf", "an odd size", source=moving("351x287")),
    vp8("vp8_small_33x17.ivf", "a picture of a few macroblocks", source=moving("33x17")),
    vp8("vp8_matroska.webm", "a container", "-auto-alt-ref", "1", "-lag-in-frames", "10"),
)

VP9 = (
    vp9("vp9_hidden_frames.ivf", "superframes with hidden frames", "-auto-alt-ref", "1",
        "-lag-in-frames", "16", demo=True, frames=60),
    vp9("vp9_key_frames.ivf", "key frames only", "-g", "1"),
    vp9("vp9_tiles.ivf", "tile columns and rows", "-tile-columns", "2", "-tile-rows", "1",
        source=zooming("1024x256"), frames=12),
    vp9("vp9_error_resilient.ivf", "error resilient: contexts are reset", "-error-resilient", "1"),
    vp9("vp9_no_parallel.ivf", "backward adaptation", "-frame-parallel", "0", source=zooming()),
    vp9("vp9_parallel.ivf", "without backward adaptation", "-frame-parallel", "1"),
    vp9("vp9_lossless.ivf", "lossless: the Walsh-Hadamard transform", "-lossless", "1", "-b:v",
        "0", source=moving("176x144"), frames=10),
    vp9("vp9_segments_variance.ivf", "segments by variance", "-aq-mode", "1", source=noisy()),
    vp9("vp9_segments_complexity.ivf", "segments by complexity", "-aq-mode", "2",
        source=zooming()),
    vp9("vp9_segments_cyclic.ivf", "segments that move: temporal update", "-aq-mode", "3",
        "-deadline", "realtime", "-cpu-used", "6", "-lag-in-frames", "0"),
    vp9("vp9_temporal_layers.ivf", "a realtime stream", "-deadline", "realtime", "-cpu-used", "8",
        "-lag-in-frames", "0", "-error-resilient", "1"),
    vp9("vp9_screen.ivf", "screen content", "-tune-content", "screen"),
    vp9("vp9_compound.ivf", "compound prediction", "-auto-alt-ref", "1", "-lag-in-frames", "25",
        "-arnr-strength", "5", source=fading(), frames=50),
    vp9("vp9_low_quantizer.ivf", "large frames", "-crf", "2", "-b:v", "0", source=noisy("640x480"),
        frames=8),
    vp9("vp9_odd_351x287.ivf", "an odd size", source=moving("351x287")),
    vp9("vp9_small_35x19.ivf", "a picture smaller than a superblock", source=moving("35x19")),
    vp9("vp9_container.webm", "a container", "-auto-alt-ref", "1", "-lag-in-frames", "10"),
    vp9("vp9_profile2.ivf", "10 bits", "-pix_fmt", "yuv420p10le", "-profile:v", "2", frames=12),
    vp9("vp9_444_refuse.ivf", "4:4:4", "-pix_fmt", "yuv444p", "-profile:v", "1", refuse=True,
        frames=5),
)
