# SPDX-License-Identifier: MIT
"""All self-made clips by name. A name begins with the codec, as the table calls it."""

import recipes_av1
import recipes_h264
import recipes_hevc
import recipes_mpeg2
import recipes_vpx

CLIPS = {clip.name: clip
         for clip in (*recipes_h264.H264, *recipes_mpeg2.MPEG2, *recipes_hevc.HEVC,
                      *recipes_vpx.VP8, *recipes_vpx.VP9, *recipes_av1.AV1)}
