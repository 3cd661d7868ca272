/* SPDX-License-Identifier: MIT */
/*
 * What codecs.yaml cannot say of AV1: tile starts, order hints, skip mode's references, and which
 * slots a frame refreshes. Called by the generated builder and by the runtime.
 *
 * refresh_frame_flags
 * -------------------
 * VA does not carry it, and it cannot be read from the bitstream: clients pass tile data, and where
 * the frame header happens to precede it, its syntax depends on a sequence header that VA does not
 * carry either. Of Linux 6.12's drivers hantro (Rockchip VPU981) reads it: its CDFs live in the
 * eight slots, and a frame that takes its CDFs from a slot (primary_ref_frame) whose refresh was
 * missed decodes to garbage. mediatek keys CDFs by timestamp and does not read it.
 *
 * - It is certain at once for a shown key frame and for a switch frame: all slots (5.9.2).
 * - Otherwise the next frame's ref_frame_map tells exactly: the slots that hold this frame. The
 *   runtime therefore keeps a frame back (all its controls made and checked, its data in place)
 *   until the next one is submitted, and then sends both, in order (deferred.h). That is derived,
 * and exact: a client that names a reference names the surface it is in.
 * - Who asks for the frame before that (vaSyncSurface, a map, an export, a query, the end of the
 *   context) gets it: it is sent with no flag set, which changes nothing in the frame itself. If
 *   the next frame's map then shows that it refreshed slots, it is sent once more, with the flags,
 *   into the same buffer: the decoder writes the same picture again and keeps its CDFs.
 * - The flags stay clear, which is no derived value, after the last frame of a stream, before a
 *   shown key frame (nobody reads the slots any more), and before a frame that names no reference
 *   at all: clients do that with shown key frames only.
 *
 * Not to be told: a hidden key frame that show_existing_frame shows later fills all eight slots
 * then (7.21). VA has no call for it, nor has the kernel. References are right all the same, they
 * go by timestamp; hantro's CDFs of the slots that it did not refresh at first stay the older ones.
 */
#ifndef AV1_H
#define AV1_H

#include "codec/codec.h"

#define AV1_NUM_REF_FRAMES       8
#define AV1_REFS_PER_FRAME       7
#define AV1_TOTAL_REFS_PER_FRAME 8
#define AV1_MAX_TILES            64 /* in a row, and in a column */

/* What prepare() found out of the current frame. */
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

/* What a surface remembers of the frame in it. */
struct av1_surface {
    uint8_t order_hint;
};

/*
 * Checks the tiles, and fills struct av1_context and the render target's struct av1_surface.
 * Returns VA_STATUS_SUCCESS or sets `error`.
 */
VAStatus av1_prepare(struct picture *picture, struct build_error *error);

/*
 * The surface that gets the frame with film grain put on; VA_INVALID_ID: it has none, or the client
 * wants it in the render target.
 */
VASurfaceID av1_display(const struct picture *picture);

/* Whether the frame is shown, and whether it is a new start. */
enum picture_use av1_use(const struct picture *picture);

/* Whether it is still open which slots the frame refreshes: see above. */
bool av1_refresh_is_open(const struct picture *picture);

/*
 * Writes refresh_frame_flags of the frame decoded as `timestamp` into `control`, a struct
 * v4l2_ctrl_av1_frame, as the reference map of the frame after it shows them.
 */
enum deferred_value av1_tell_refresh(const struct picture *next, uint64_t timestamp, void *control);

#endif
