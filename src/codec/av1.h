/* SPDX-License-Identifier: MIT */
/*
 * The parts of AV1 that codecs.yaml cannot express: tile starts, order hints, skip mode's
 * references, and which slots a frame refreshes. Called by the generated builder and by the
 * runtime.
 *
 * refresh_frame_flags
 * -------------------
 * VA does not carry it, and the driver cannot parse it: clients pass tile data only, and even if
 * the frame header happens to precede it, its syntax depends on a sequence header that VA does not
 * carry either. Of Linux 6.12's drivers only hantro (Rockchip VPU981) reads it: it stores CDFs in
 * the eight slots, and a frame that takes its CDFs from a slot (primary_ref_frame) whose refresh
 * was missed decodes to garbage. mediatek finds CDFs by timestamp and does not read it.
 *
 * - For a shown key frame and for a switch frame it is known at once: all slots (5.9.2).
 * - For other frames it follows exactly from the next frame's ref_frame_map: the slots that hold
 *   this frame. The runtime therefore holds a frame back (with its controls built and checked, and
 *   its data in place) until the client submits the next one, and then sends both, in order
 *   (deferred.h).
 * - If the client needs the frame earlier (vaSyncSurface, a map, an export, a query, the end of the
 *   context), the runtime sends it with no flag set, which does not change the frame itself. If the
 *   next frame's map then shows that the frame refreshed slots, the runtime sends it again with the
 *   flags, into the same buffer: the decoder writes the same picture again and keeps its CDFs.
 * - The flags stay clear, without being derived, after the last frame of a stream, before a shown
 *   key frame (no later frame reads the old slots), and before a frame that names no reference at
 *   all. Clients do the latter only with shown key frames.
 *
 * One case remains unknown: when show_existing_frame shows a hidden key frame, that frame fills all
 * eight slots (7.21). Neither VA nor the kernel has a call for this. References are still right,
 * because they are found by timestamp; hantro keeps the older CDFs in the slots that the key frame
 * did not refresh when it was decoded.
 */
#ifndef AV1_H
#define AV1_H

#include "codec/codec.h"

#define AV1_NUM_REF_FRAMES       8
#define AV1_REFS_PER_FRAME       7
#define AV1_TOTAL_REFS_PER_FRAME 8
#define AV1_MAX_TILES            64 /* in a row, and in a column */

/* What prepare() found out about the current frame. */
struct av1_context {
    uint32_t mi_col_starts[AV1_MAX_TILES + 1]; /* 4x4 blocks (5.9.15) */
    uint32_t mi_row_starts[AV1_MAX_TILES + 1];
    uint32_t width_in_sbs_minus_1[AV1_MAX_TILES];
    uint32_t height_in_sbs_minus_1[AV1_MAX_TILES];
    uint8_t tile_size_bytes;                         /* 0: none is coded */
    uint8_t skip_mode_frame[2];                      /* 1 to 7; 0: skip mode is not allowed */
    uint8_t order_hints[AV1_TOTAL_REFS_PER_FRAME];   /* by reference name */
    uint64_t reference_frame_ts[AV1_NUM_REF_FRAMES]; /* by slot */
    uint8_t refresh_frame_flags;
};

/* What a surface stores about the frame in it. */
struct av1_surface {
    uint8_t order_hint;
};

/*
 * Checks the tiles, and fills struct av1_context and the render target's struct av1_surface.
 * Returns VA_STATUS_SUCCESS or sets `error`.
 */
VAStatus av1_prepare(struct picture *picture, struct build_error *error);

/*
 * The surface that receives the frame with film grain; VA_INVALID_ID: it has no grain, or the
 * client wants it in the render target.
 */
VASurfaceID av1_display(const struct picture *picture);

/* Whether the frame is shown, and whether decoding starts afresh with it. */
enum picture_use av1_use(const struct picture *picture);

/* Whether it is not known yet which slots the frame refreshes: see above. */
bool av1_refresh_is_open(const struct picture *picture);

/*
 * Derives refresh_frame_flags of the frame decoded as `timestamp` from the reference map of the
 * frame after it, and writes them into `control`, a struct v4l2_ctrl_av1_frame.
 */
enum deferred_value av1_tell_refresh(const struct picture *next, uint64_t timestamp, void *control);

#endif
