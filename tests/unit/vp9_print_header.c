/* SPDX-License-Identifier: MIT */
/*
 * Parses uncompressed VP9 headers for a comparison with another parser. Reads a line "stream",
 * which forgets what earlier frames left, or one frame a line: the frame's width and height (used
 * where the header has none), the number of bytes that follow the header, and the header in
 * hexadecimal. Prints one line a frame: NAME=VALUE for each element, or "error NAME".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/vp9_uncompressed_header.h"

#define MAX_LINE  4096
#define MAX_FRAME (70000 + MAX_LINE)

static void print_array(const char *name, const uint8_t *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        printf(" %s[%u]=%u", name, i, values[i]);
}

static void print_persistent(const struct vp9_persistent *p)
{
    for (unsigned i = 0; i < VP9_MAX_REF_DELTAS; i++)
        printf(" loop_filter_ref_deltas[%u]=%d", i, p->loop_filter_ref_deltas[i]);
    for (unsigned i = 0; i < VP9_MAX_MODE_DELTAS; i++)
        printf(" loop_filter_mode_deltas[%u]=%d", i, p->loop_filter_mode_deltas[i]);
    printf(" segmentation_abs_or_delta_update=%d", p->segmentation_abs_or_delta_update);
    for (unsigned i = 0; i < VP9_MAX_SEGMENTS; i++)
        for (unsigned j = 0; j < VP9_SEG_LVL_MAX; j++)
            printf(" feature_enabled[%u][%u]=%d feature_value[%u][%u]=%d", i, j,
                   p->feature_enabled[i] >> j & 1, i, j, p->feature_data[i][j]);
    printf(" bit_depth=%u color_space=%u color_range=%d subsampling_x=%d subsampling_y=%d",
           p->bit_depth, p->color_space, p->color_range, p->subsampling_x, p->subsampling_y);
}

static void print_header(const struct vp9_uncompressed_header *h)
{
    printf("profile=%u show_existing_frame=%d", h->profile, h->show_existing_frame);
    if (h->show_existing_frame) {
        printf(" frame_to_show_map_idx=%u\n", h->frame_to_show_map_idx);
        return;
    }
    printf(" frame_type=%u show_frame=%d error_resilient_mode=%d intra_only=%d"
           " reset_frame_context=%u refresh_frame_flags=%u",
           h->frame_type, h->show_frame, h->error_resilient_mode, h->intra_only,
           h->reset_frame_context, h->refresh_frame_flags);
    for (unsigned i = 0; i < VP9_REFS_PER_FRAME; i++)
        printf(" ref_frame_idx[%u]=%u ref_frame_sign_bias[%u]=%d", i, h->ref_frame_idx[i], i + 1,
               h->ref_frame_sign_bias[i]);
    printf(" frame_width=%u frame_height=%u render_width=%u render_height=%u"
           " allow_high_precision_mv=%d interpolation_filter=%u refresh_frame_context=%d"
           " frame_parallel_decoding_mode=%d frame_context_idx=%u",
           h->frame_width, h->frame_height, h->render_width, h->render_height,
           h->allow_high_precision_mv, h->interpolation_filter, h->refresh_frame_context,
           h->frame_parallel_decoding_mode, h->frame_context_idx);
    printf(" loop_filter_level=%u loop_filter_sharpness=%u loop_filter_delta_enabled=%d"
           " loop_filter_delta_update=%d base_q_idx=%u delta_q_y_dc=%d delta_q_uv_dc=%d"
           " delta_q_uv_ac=%d",
           h->loop_filter_level, h->loop_filter_sharpness, h->loop_filter_delta_enabled,
           h->loop_filter_delta_update, h->base_q_idx, h->delta_q_y_dc, h->delta_q_uv_dc,
           h->delta_q_uv_ac);
    printf(" segmentation_enabled=%d segmentation_update_map=%d segmentation_temporal_update=%d"
           " segmentation_update_data=%d",
           h->segmentation_enabled, h->segmentation_update_map, h->segmentation_temporal_update,
           h->segmentation_update_data);
    print_array("segmentation_tree_probs", h->segmentation_tree_probs, VP9_SEGMENT_PROBS);
    print_array("segmentation_pred_prob", h->segmentation_pred_prob, VP9_PREDICTION_PROBS);
    printf(" tile_cols_log2=%u tile_rows_log2=%u header_size_in_bytes=%u"
           " uncompressed_header_size=%u",
           h->tile_cols_log2, h->tile_rows_log2, h->header_size_in_bytes,
           h->uncompressed_header_size);
    print_persistent(&h->persistent);
    putchar('\n');
}

int main(void)
{
    static char line[MAX_LINE];
    static uint8_t frame[MAX_FRAME];
    struct vp9_persistent persistent = {0};

    while (fgets(line, sizeof(line), stdin)) {
        struct vp9_uncompressed_header header;
        struct vp9_frame_size coded;
        const char *element = NULL;
        unsigned follows = 0;
        size_t size = 0;
        int hex = 0;

        if (!strncmp(line, "stream", 6)) {
            memset(&persistent, 0, sizeof(persistent));
            continue;
        }
        if (sscanf(line, "%u %u %u %n", &coded.width, &coded.height, &follows, &hex) != 3)
            return EXIT_FAILURE;
        for (const char *c = line + hex; sscanf(c, "%2hhx", &frame[size]) == 1; c += 2)
            size++;
        memset(frame + size, 0, follows & 0xffff);
        if (vp9_uncompressed_header_parse(&header, &persistent, &coded, frame,
                                          size + (follows & 0xffff), &element)) {
            printf("error %s\n", element);
            continue;
        }
        if (!header.show_existing_frame)
            persistent = header.persistent;
        print_header(&header);
    }
    return EXIT_SUCCESS;
}
