/* SPDX-License-Identifier: MIT */
/* Tiles: tile_info() and the tile group, see av1.h. */
#include <string.h>

#include "av1.h"

/* The tiles along one axis; sizes in superblocks. */
struct axis {
    const char *name;
    unsigned count, sbs, blocks, sb_shift;
    const uint32_t *starts, *sizes;
};

static unsigned tile_log2(unsigned size, unsigned target)
{
    unsigned k = 0;
    while (size << k < target)
        k++;
    return k;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* The control's own numbers must fit each other and the frame. */
static bool check_axis(const struct av1_frame *f, const struct axis *a)
{
    unsigned start = 0;
    for (unsigned i = 0; i < a->count; i++) {
        if (a->starts[i] != start << a->sb_shift) {
            vd_mismatch(f->job, a->starts[i], start << a->sb_shift,
                        "frame.tile_info.mi_%s_starts[%u]", a->name, i);
            return false;
        }
        start += a->sizes[i] + 1;
    }
    if (a->starts[a->count] != a->blocks)
        vd_mismatch(f->job, a->starts[a->count], a->blocks, "frame.tile_info.mi_%s_starts[%u]",
                    a->name, a->count);
    if (start != a->sbs)
        vd_mismatch(f->job, start, a->sbs, "frame.tile_info.%s sizes", a->name);
    return start == a->sbs;
}

/* Returns TileColsLog2 or TileRowsLog2. */
static unsigned write_uniform(struct vd_writer *w, const struct av1_frame *f, const struct axis *a,
                              unsigned least, unsigned most)
{
    unsigned log2 = least, wanted = tile_log2(1, a->count);
    while (log2 < most) {
        bool more = log2 < wanted;
        vd_put_bits(w, 1, more);
        if (!more)
            break;
        log2++;
    }
    /* An axis has 64 tiles at most: MAX_TILE_COLS and MAX_TILE_ROWS of the AV1 specification. */
    unsigned size = log2 <= 6 ? (a->sbs + (1u << log2) - 1) >> log2 : 0;
    if (!size) {
        vd_mismatch(f->job, log2, 6, "frame.tile_info.%s log2", a->name);
        return 0;
    }
    for (unsigned i = 0; i + 1 < a->count; i++)
        if (a->sizes[i] + 1 != size)
            vd_mismatch(f->job, a->sizes[i] + 1, size, "frame.tile_info.%s size[%u]", a->name, i);
    unsigned tiles = 0;
    for (unsigned start = 0; start < a->sbs; start += size)
        tiles++;
    if (tiles != a->count)
        vd_mismatch(f->job, a->count, tiles, "frame.tile_info.tile_%ss", a->name);
    return log2;
}

/* Returns the widest or highest tile. */
static unsigned write_sizes(struct vd_writer *w, const struct av1_frame *f, const struct axis *a,
                            unsigned most)
{
    unsigned start = 0, widest = 0;
    for (unsigned i = 0; i < a->count && start < a->sbs; i++) {
        unsigned limit = smaller(a->sbs - start, most), size = a->sizes[i] + 1;
        if (size > limit) {
            vd_mismatch(f->job, size, limit, "frame.tile_info.%s size[%u]", a->name, i);
            size = limit;
        }
        av1_put_ns(w, limit, size - 1);
        start += size;
        widest = larger(widest, size);
    }
    return widest;
}

void av1_write_tile_info(struct vd_writer *w, struct av1_frame *f)
{
    const struct v4l2_av1_tile_info *t = &f->control->tile_info;
    unsigned shift =
        av1_has(f->sequence->flags, V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK) ? 5 : 4;
    unsigned mi_cols = 2 * ((f->width + 7) / 8), mi_rows = 2 * ((f->height + 7) / 8);
    struct axis cols = {"col",
                        t->tile_cols,
                        (mi_cols + (1u << shift) - 1) >> shift,
                        mi_cols,
                        shift,
                        t->mi_col_starts,
                        t->width_in_sbs_minus_1};
    struct axis rows = {"row",
                        t->tile_rows,
                        (mi_rows + (1u << shift) - 1) >> shift,
                        mi_rows,
                        shift,
                        t->mi_row_starts,
                        t->height_in_sbs_minus_1};
    unsigned max_width = 4096u >> (shift + 2), max_area = (4096u * 2304u) >> (2 * (shift + 2));
    unsigned area = cols.sbs * rows.sbs, min_cols = tile_log2(max_width, cols.sbs);
    unsigned min_tiles = larger(min_cols, tile_log2(max_area, area));
    bool uniform = av1_has(t->flags, V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING);
    if (!cols.count || !rows.count || cols.count > 64 || rows.count > 64 || !check_axis(f, &cols) ||
        !check_axis(f, &rows)) {
        vd_mismatch(f->job, cols.count, 1, "frame.tile_info");
        return;
    }
    vd_put_bits(w, 1, uniform);
    if (uniform) {
        unsigned log2 = write_uniform(w, f, &cols, min_cols, tile_log2(1, smaller(cols.sbs, 64)));
        f->tile_cols_log2 = log2;
        f->tile_rows_log2 = write_uniform(w, f, &rows, min_tiles > log2 ? min_tiles - log2 : 0,
                                          tile_log2(1, smaller(rows.sbs, 64)));
    } else {
        unsigned widest = write_sizes(w, f, &cols, max_width);
        f->tile_cols_log2 = tile_log2(1, cols.count);
        if (min_tiles)
            area >>= min_tiles + 1;
        write_sizes(w, f, &rows, larger(widest ? area / widest : 0, 1));
        f->tile_rows_log2 = tile_log2(1, rows.count);
    }
    if (!f->tile_cols_log2 && !f->tile_rows_log2)
        return;
    if (t->context_update_tile_id >= cols.count * rows.count)
        vd_mismatch(f->job, t->context_update_tile_id, 0, "frame.tile_info.context_update_tile_id");
    vd_put_bits(w, f->tile_cols_log2 + f->tile_rows_log2, t->context_update_tile_id);
    if (t->tile_size_bytes < 1 || t->tile_size_bytes > 4)
        vd_mismatch(f->job, t->tile_size_bytes, 4, "frame.tile_info.tile_size_bytes");
    vd_put_bits(w, 2, t->tile_size_bytes - 1u);
}

/* tile_group_obu() (5.11.1) with all tiles. */
void av1_write_tiles(struct vd_writer *w, const struct av1_frame *f)
{
    const struct v4l2_av1_tile_info *t = &f->control->tile_info;
    unsigned count = (unsigned)t->tile_cols * t->tile_rows;
    if (count != f->num_tiles) {
        vd_mismatch(f->job, f->num_tiles, count, "tile_group_entry");
        return;
    }
    if (count > 1)
        vd_put_bits(w, 1, 0); /* tile_start_and_end_present_flag */
    vd_put_align(w, 0);
    for (unsigned i = 0; i < count; i++) {
        const struct v4l2_ctrl_av1_tile_group_entry *e = &f->tiles[i];
        if (e->tile_row * t->tile_cols + e->tile_col != i || e->tile_col >= t->tile_cols)
            vd_mismatch(f->job, e->tile_row, i / t->tile_cols, "tile_group_entry[%u].tile_row", i);
        if (!e->tile_size || e->tile_size > f->job->size ||
            e->tile_offset > f->job->size - e->tile_size) {
            vd_mismatch(f->job, e->tile_offset, (int64_t)f->job->size,
                        "tile_group_entry[%u].tile_offset", i);
            return;
        }
        if (i + 1 < count) {
            uint32_t size = e->tile_size - 1;
            if (t->tile_size_bytes < 4 && size >> 8 * t->tile_size_bytes)
                vd_mismatch(f->job, t->tile_size_bytes, 4, "frame.tile_info.tile_size_bytes");
            for (unsigned byte = 0; byte < t->tile_size_bytes; byte++)
                vd_put_bits(w, 8, size >> 8 * byte & 0xff);
        }
        vd_put_bytes(w, f->job->data + e->tile_offset, e->tile_size);
    }
}
