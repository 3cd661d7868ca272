# SPDX-License-Identifier: MIT
"""Recipes of the MPEG-2 clips: each feature that FFmpeg's encoder can make."""

from clip import ARCH64, RAMP64, Clip, interlaced, moving, noisy, zooming


def mpeg2(name, feature, *options, source=None, **rest):
    """A clip made by FFmpeg's mpeg2video encoder."""
    return Clip(name, feature, source or moving(),
                ("-c:v", "mpeg2video", "-pix_fmt", "yuv420p", "-qscale:v", "4", *options), **rest)


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
          "8," + RAMP64.split(",", 1)[1], "-inter_matrix", ARCH64, "-bf", "2", source=noisy()),
    mpeg2("mpeg2_intra_matrix_altscan.m2v", "custom intra matrix with alternate scan",
          "-intra_matrix", "8," + ARCH64.split(",", 1)[1], "-alternate_scan", "1",
          source=noisy()),
    *(mpeg2(f"mpeg2_dc{bits}.m2v", f"intra DC precision of {bits} bits", "-dc", str(bits),
            "-qscale:v", "1", source=noisy("176x144")) for bits in (8, 9, 10, 11)),
    mpeg2("mpeg2_slices.m2v", "several slices a row", "-slices", "36", "-bf", "2"),
    mpeg2("mpeg2_odd_350x286.m2v", "a size that is no multiple of sixteen", "-bf", "2",
          source=moving("350x286")),
    mpeg2("mpeg2_small_40x34.m2v", "less than 48x48, which its macroblocks have", "-bf", "2",
          source=moving("40x34")),
    mpeg2("mpeg2_odd_interlaced_178x150.m2v", "an interlaced size that is no multiple of 32",
          "-flags", "+ildct+ilme", source=interlaced("178x150")),
    # 6.3.3: 16 rows of macroblocks, of which the last is wholly below the picture
    mpeg2("mpeg2_interlaced_352x240.m2v", "an interlaced size with a whole row to crop", "-flags",
          "+ildct+ilme", "-bf", "2", "-top", "1", source=interlaced("352x240")),
    mpeg2("mpeg2_big_frames.m2v", "pictures larger than a modest bitstream buffer", "-qscale:v",
          "1", source=noisy("640x480"), frames=12),
    mpeg2("mpeg2_program.mpg", "a program stream", "-bf", "2"),
    mpeg2("mpeg2_transport.ts", "a transport stream", "-bf", "2"),
    mpeg2("mpeg2_late_start.m2v", "starts before its first I picture", "-g", "9", "-bf", "2",
          "-bsf:v", r"noise=drop=lt(n\,2)"),
    mpeg2("mpeg2_part_small.m2v", "small part of the clip that changes size", "-bf", "2",
          source=moving("176x144"), frames=10),
    mpeg2("mpeg2_part_matrices.m2v", "same size as the small part, custom matrices",
          "-intra_matrix", "8," + RAMP64.split(",", 1)[1], source=noisy("176x144"), frames=10),
    Clip("mpeg2_changes_size.m2v", "two sizes in one stream",
         parts=("mpeg2_part_small.m2v", "mpeg2_odd_350x286.m2v", "mpeg2_part_small.m2v")),
    Clip("mpeg2_changes_matrices.m2v", "matrices that return to the defaults",
         parts=("mpeg2_part_small.m2v", "mpeg2_part_matrices.m2v", "mpeg2_part_small.m2v")),
    mpeg2("mpeg2_1080p.m2v", "1920x1080 with 1088 coded lines", "-bf", "2",
          source=moving("1920x1080"), frames=12),
    mpeg2("mpeg2_422_refuse.m2v", "4:2:2", "-pix_fmt", "yuv422p", refuse=True, frames=5),
)
