/* SPDX-License-Identifier: MIT */
/*
 * Frames of one stream: two bytes of size, then a frame. Both headers are parsed, and what a frame
 * leaves goes to the next one, as in the driver. Beyond what the sanitizers see: what the kernel
 * refuses does not get through, and a header that parses also parses when the data ends behind it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec/vp9_compressed_header.h"

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void check_persistent(const struct vp9_persistent *p)
{
    static const int most[VP9_SEG_LVL_MAX] = {255, 63, 3, 0};

    for (unsigned i = 0; i < VP9_MAX_REF_DELTAS; i++)
        expect(abs(p->loop_filter_ref_deltas[i]) <= 63);
    for (unsigned i = 0; i < VP9_MAX_MODE_DELTAS; i++)
        expect(abs(p->loop_filter_mode_deltas[i]) <= 63);
    for (unsigned i = 0; i < VP9_MAX_SEGMENTS; i++) {
        expect(p->feature_enabled[i] < 16);
        for (unsigned j = 0; j < VP9_SEG_LVL_MAX; j++)
            expect(abs(p->feature_data[i][j]) <= most[j]);
    }
    expect(p->bit_depth == 8 || p->bit_depth == 10 || p->bit_depth == 12);
}

static void check_header(const struct vp9_uncompressed_header *h, size_t size)
{
    expect(h->frame_width >= 1 && h->frame_width <= 65536);
    expect(h->frame_height >= 1 && h->frame_height <= 65536);
    expect(h->render_width >= 1 && h->render_height >= 1);
    expect(h->interpolation_filter <= VP9_SWITCHABLE && h->reset_frame_context <= 3);
    expect(h->loop_filter_level <= 63 && h->loop_filter_sharpness <= 7);
    expect(abs(h->delta_q_y_dc) <= 15 && abs(h->delta_q_uv_dc) <= 15);
    expect(h->tile_cols_log2 <= 6 && h->tile_rows_log2 <= 2);
    expect(!(h->error_resilient_mode && h->refresh_frame_context));
    expect(h->header_size_in_bytes > 0);
    expect((size_t)h->uncompressed_header_size + h->header_size_in_bytes <= size);
    check_persistent(&h->persistent);
}

static void parse_compressed(const struct vp9_uncompressed_header *frame, const uint8_t *data,
                             size_t size)
{
    struct vp9_compressed_header header;
    const int result = vp9_compressed_header_parse(&header, frame, data, size);

    expect(result == 0 || result == -EINVAL || result == -ENODATA);
    expect(header.tx_mode <= VP9_TX_MODE_SELECT);
    expect(header.reference_mode <= VP9_REFERENCE_MODE_SELECT);
}

/* Parses a frame out of memory of its own, exactly as large. */
static void parse_frame(struct vp9_persistent *persistent, const uint8_t *data, size_t size)
{
    const struct vp9_frame_size coded = {size ? data[0] * 16u : 0, 64};
    struct vp9_uncompressed_header header, again;
    const char *element = "";
    uint8_t *copy = malloc(size ? size : 1);
    int result;

    expect(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    result = vp9_uncompressed_header_parse(&header, persistent, &coded, copy, size, &element);
    expect((result == 0) == (element == NULL));
    expect(result == 0 || result == -EINVAL || result == -ENODATA);
    if (result == 0 && !header.show_existing_frame) {
        const size_t end = (size_t)header.uncompressed_header_size + header.header_size_in_bytes;

        check_header(&header, size);
        parse_compressed(&header, copy + header.uncompressed_header_size,
                         header.header_size_in_bytes);
        expect(!vp9_uncompressed_header_parse(&again, persistent, &coded, copy, end, NULL));
        /* The parser clears what it fills, with all that lies between the members.
         * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
        expect(!memcmp(&header, &again, sizeof(header)));
        expect(vp9_uncompressed_header_parse(&again, persistent, &coded, copy, end - 1, NULL) ==
               -ENODATA);
        *persistent = header.persistent;
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vp9_persistent persistent = {.bit_depth = 0};

    while (size >= 2) {
        size_t frame = (size_t)data[0] << 8 | data[1];

        data += 2;
        size -= 2;
        frame = frame < size ? frame : size;
        parse_frame(&persistent, data, frame);
        data += frame;
        size -= frame;
    }
    return 0;
}
