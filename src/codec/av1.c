/* SPDX-License-Identifier: MIT */
/* The parts of AV1 that codecs.yaml cannot express. */
#include "codec/av1.h"

#include "av1_table.h"
#include "builder.h"

enum { KEY_FRAME, INTER_FRAME, INTRA_ONLY_FRAME, SWITCH_FRAME }; /* 6.8.2 */

#define ALL_SLOTS 0xff

/* The starts and sizes of the tiles along one axis. */
struct tile_axis {
    unsigned count;        /* tiles */
    unsigned sbs;          /* superblocks of the frame */
    unsigned blocks;       /* 4x4 blocks of the frame: MiCols or MiRows */
    unsigned sb_shift;     /* from 4x4 blocks to superblocks */
    const uint16_t *sizes; /* superblocks minus 1 of all tiles but the last; NULL: uniform */
};

/* Superblocks of a tile with uniform spacing (5.9.15). The coded TileColsLog2 is the smallest that
 * gives that many tiles. */
static unsigned uniform_size(const struct tile_axis *axis)
{
    unsigned log2 = 0;

    while (1u << log2 < axis->count)
        log2++;
    return (axis->sbs + (1u << log2) - 1) >> log2;
}

/* tile_info() (5.9.15). False: the tiles do not cover the frame. */
static bool place_tiles(const struct tile_axis *axis, uint32_t *starts, uint32_t *sizes_minus_1)
{
    unsigned uniform = axis->sizes ? 0 : uniform_size(axis);
    unsigned start = 0;

    for (unsigned i = 0; i < axis->count; i++) {
        unsigned size = axis->sizes && i + 1 < axis->count ? axis->sizes[i] + 1u : uniform;

        if (start >= axis->sbs)
            return false;
        if (i + 1 == axis->count)
            size = axis->sbs - start;
        starts[i] = start << axis->sb_shift;
        sizes_minus_1[i] = size - 1;
        start += size;
    }
    starts[axis->count] = axis->blocks;
    return start == axis->sbs;
}

static VAStatus fill_tiles(struct av1_context *context, const VADecPictureParameterBufferAV1 *pic,
                           struct build_error *error)
{
    unsigned width = pic->frame_width_minus1 + 1u, height = pic->frame_height_minus1 + 1u;
    unsigned denominator = pic->superres_scale_denominator;
    unsigned sb_shift = pic->seq_info_fields.fields.use_128x128_superblock ? 5 : 4;
    bool uniform = pic->pic_info_fields.bits.uniform_tile_spacing_flag;
    struct tile_axis columns = {.count = pic->tile_cols, .sb_shift = sb_shift};
    struct tile_axis rows = {.count = pic->tile_rows, .sb_shift = sb_shift};

    if (pic->pic_info_fields.bits.use_superres)
        width = (width * 8 + denominator / 2) / denominator;
    columns.blocks = 2 * ((width + 7) / 8);
    columns.sbs = (columns.blocks + (1u << sb_shift) - 1) >> sb_shift;
    columns.sizes = uniform ? NULL : pic->width_in_sbs_minus_1;
    rows.blocks = 2 * ((height + 7) / 8);
    rows.sbs = (rows.blocks + (1u << sb_shift) - 1) >> sb_shift;
    rows.sizes = uniform ? NULL : pic->height_in_sbs_minus_1;
    if (!place_tiles(&columns, context->mi_col_starts, context->width_in_sbs_minus_1))
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "pic.tile_cols",
                      "and the tiles' widths do not cover the frame", pic->tile_cols);
    if (!place_tiles(&rows, context->mi_row_starts, context->height_in_sbs_minus_1))
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "pic.tile_rows",
                      "and the tiles' heights do not cover the frame", pic->tile_rows);
    return VA_STATUS_SUCCESS;
}

static const VASliceParameterBufferAV1 *tile(const struct picture *picture, unsigned n)
{
    return slice_parameter(picture, AV1_BUFFER_SLICE, n, sizeof(VASliceParameterBufferAV1));
}

/* Decoders take entry `n` for tile number n and need all tiles. */
static VAStatus check_tiles(const struct picture *picture,
                            const VADecPictureParameterBufferAV1 *pic, struct build_error *error)
{
    unsigned capacity =
        array_capacity(picture, AV1_CONTROL_TILE_GROUP_ENTRY, AV1_MAX_TILE_GROUP_ENTRY);

    /* All tiles of a frame must fit into one request. */
    if (picture->num_slices > capacity)
        return refuse(error, VA_STATUS_ERROR_MAX_NUM_EXCEEDED, "slice",
                      "are more tiles than the device takes", picture->num_slices);
    if (picture->num_slices != (unsigned)pic->tile_cols * pic->tile_rows)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "slice",
                      "is not there for every tile", picture->num_slices);
    for (unsigned n = 0; n < picture->num_slices; n++) {
        const VASliceParameterBufferAV1 *slice = tile(picture, n);

        if (!slice)
            return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered", n);
        if (slice->tile_column >= pic->tile_cols ||
            (unsigned)slice->tile_row * pic->tile_cols + slice->tile_column != n)
            return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "slice.tile_row",
                          "and tile_column are not those of the next tile", n);
    }
    return VA_STATUS_SUCCESS;
}

/* TileSizeBytes (5.9.15) if it is coded: the gap between two tiles of a tile group, which holds
 * tile_size_minus_1 (5.11.1). The first tile of a group has no such gap before it. */
static uint8_t tile_size_bytes(const struct picture *picture)
{
    for (unsigned n = 1; n < picture->num_slices; n++) {
        const VASliceParameterBufferAV1 *before = tile(picture, n - 1), *slice = tile(picture, n);
        uint64_t end = (uint64_t)before->slice_data_offset + before->slice_data_size;

        if (slice->slice_data_offset > end && slice->slice_data_offset - end <= 4)
            return (uint8_t)(slice->slice_data_offset - end);
    }
    return picture->num_slices > 1 ? 4 : 0;
}

/* get_relative_dist() of order hints (7.11.3.1, 5.9.3) */
static int relative_dist(const VADecPictureParameterBufferAV1 *pic, int a, int b)
{
    int m = 1 << pic->order_hint_bits_minus_1;
    int difference = a - b;

    return (difference & (m - 1)) - (difference & m);
}

/* The reference nearest to `hint` on one side: `direction` -1 before, 1 after. -1: none. */
static int nearest(const struct av1_context *context, const VADecPictureParameterBufferAV1 *pic,
                   int hint, int direction)
{
    int found = -1;

    for (int i = 0; i < AV1_REFS_PER_FRAME; i++) {
        int candidate = context->order_hints[i + 1];

        if (relative_dist(pic, candidate, hint) * direction > 0 &&
            (found < 0 ||
             relative_dist(pic, candidate, context->order_hints[found + 1]) * direction < 0))
            found = i;
    }
    return found;
}

/* skip_mode_params() (5.9.22) */
static void find_skip_mode_frames(struct av1_context *context,
                                  const VADecPictureParameterBufferAV1 *pic)
{
    int first = nearest(context, pic, pic->order_hint, -1);
    int second = nearest(context, pic, pic->order_hint, 1);

    if (first >= 0 && second < 0)
        second = nearest(context, pic, context->order_hints[first + 1], -1);
    if (first < 0 || second < 0)
        return;
    context->skip_mode_frame[0] = (uint8_t)(1 + (first < second ? first : second));
    context->skip_mode_frame[1] = (uint8_t)(1 + (first < second ? second : first));
}

static VAStatus find_references(const struct picture *picture, struct av1_context *context,
                                const VADecPictureParameterBufferAV1 *pic,
                                struct build_error *error)
{
    unsigned type = pic->pic_info_fields.bits.frame_type;
    uint8_t hint[AV1_NUM_REF_FRAMES];

    for (unsigned i = 0; i < AV1_NUM_REF_FRAMES; i++) {
        struct reference reference = picture_reference(picture, pic->ref_frame_map[i]);
        const struct av1_surface *surface = reference.state;

        context->reference_frame_ts[i] = reference.timestamp;
        hint[i] = surface->order_hint;
    }
    if (type == KEY_FRAME || type == INTRA_ONLY_FRAME)
        return VA_STATUS_SUCCESS;
    for (unsigned i = 0; i < AV1_REFS_PER_FRAME; i++) {
        const unsigned slot = pic->ref_frame_idx[i] % AV1_NUM_REF_FRAMES;
        const VAStatus status =
            check_reference(error, context->reference_frame_ts[slot], "pic.ref_frame_map", slot);

        if (status != VA_STATUS_SUCCESS)
            return status;
        context->order_hints[i + 1] = hint[slot];
    }
    if (pic->mode_control_fields.bits.reference_select &&
        pic->seq_info_fields.fields.enable_order_hint)
        find_skip_mode_frames(context, pic);
    return VA_STATUS_SUCCESS;
}

VAStatus av1_prepare(struct picture *picture, struct build_error *error)
{
    const VADecPictureParameterBufferAV1 *pic = parameter(picture, AV1_BUFFER_PIC);
    struct av1_context *context = picture->context_state;
    struct av1_surface *surface = picture->surface_state;
    unsigned type = pic->pic_info_fields.bits.frame_type;
    VAStatus status;

    *context = (struct av1_context){0};
    status = check_tiles(picture, pic, error);
    if (status == VA_STATUS_SUCCESS)
        status = fill_tiles(context, pic, error);
    if (status != VA_STATUS_SUCCESS)
        return status;
    if (pic->film_grain_info.film_grain_info_fields.bits.apply_grain &&
        !has_control(picture, AV1_CONTROL_FILM_GRAIN))
        return refuse(error, VA_STATUS_ERROR_UNIMPLEMENTED,
                      "pic.film_grain_info.film_grain_info_fields.bits.apply_grain",
                      "but the device puts no film grain on", 1);
    context->tile_size_bytes = tile_size_bytes(picture);
    status = find_references(picture, context, pic, error);
    if (status != VA_STATUS_SUCCESS)
        return status;
    if (type == SWITCH_FRAME || (type == KEY_FRAME && pic->pic_info_fields.bits.show_frame))
        context->refresh_frame_flags = ALL_SLOTS;
    surface->order_hint = pic->order_hint;
    return VA_STATUS_SUCCESS;
}

VASurfaceID av1_display(const struct picture *picture)
{
    const VADecPictureParameterBufferAV1 *pic = parameter(picture, AV1_BUFFER_PIC);

    if (!pic->film_grain_info.film_grain_info_fields.bits.apply_grain ||
        pic->current_display_picture == picture->render_target)
        return VA_INVALID_ID;
    return pic->current_display_picture;
}

enum picture_use av1_use(const struct picture *picture)
{
    const VADecPictureParameterBufferAV1 *pic = parameter(picture, AV1_BUFFER_PIC);

    if (!pic->pic_info_fields.bits.show_frame)
        return PICTURE_HIDDEN;
    return pic->pic_info_fields.bits.frame_type == KEY_FRAME ? PICTURE_FRESH : PICTURE_SHOWN;
}

bool av1_refresh_is_open(const struct picture *picture)
{
    const struct av1_context *context = picture->context_state;

    return context->refresh_frame_flags != ALL_SLOTS;
}

enum deferred_value av1_tell_refresh(const struct picture *next, uint64_t timestamp, void *control)
{
    const VADecPictureParameterBufferAV1 *pic = parameter(next, AV1_BUFFER_PIC);
    const struct av1_context *context = next->context_state;
    struct v4l2_ctrl_av1_frame *frame = control;
    uint8_t flags = 0;
    bool named = false;

    for (unsigned i = 0; i < AV1_NUM_REF_FRAMES; i++) {
        named |= context->reference_frame_ts[i] != NO_TIMESTAMP;
        if (context->reference_frame_ts[i] == timestamp)
            flags |= (uint8_t)(1u << i);
    }
    /* Clients may name no references with a key frame. If it is shown, no later frame needs the old
     * ones. */
    if (!named && !(pic->pic_info_fields.bits.frame_type == KEY_FRAME &&
                    pic->pic_info_fields.bits.show_frame))
        return DEFERRED_UNKNOWN;
    frame->refresh_frame_flags = flags;
    return flags ? DEFERRED_CHANGED : DEFERRED_AS_BUILT;
}
