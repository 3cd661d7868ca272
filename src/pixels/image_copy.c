/* SPDX-License-Identifier: MIT */
#include "pixels/image_copy.h"

#include "pixels/nc30.h"
#include "pixels/nv15.h"
#include "pixels/tiles.h"

#include <string.h>

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

bool view_of_layout(const struct picture_layout *layout, uint8_t *const planes[MAX_PICTURE_PLANES],
                    struct view *view)
{
    if (layout->format->va_fourcc != VA_FOURCC_NV12 && layout->format->va_fourcc != VA_FOURCC_P010)
        return false;
    view->sample_size = layout->format->bit_depth > 8 ? 2 : 1;
    view->packed = pixel_format_is_packed(layout->format);
    view->tiles = pixel_format_is_tiled(layout->format) ? layout : NULL;
    view->luma = planes[0];
    view->luma_pitch = layout->plane[0].pitch;
    view->cb = planes[1];
    view->cr = view->cb + view->sample_size;
    view->chroma_pitch = layout->plane[1].pitch;
    view->chroma_step = 2 * view->sample_size;
    view->width = layout->width;
    view->height = layout->height;
    return true;
}

bool view_of_image(const VAImage *image, uint8_t *data, struct view *view)
{
    view->luma = data + image->offsets[0];
    view->luma_pitch = image->pitches[0];
    view->chroma_pitch = image->pitches[1];
    view->width = image->width;
    view->height = image->height;
    view->sample_size = 1;
    view->packed = false;
    view->tiles = NULL;
    switch (image->format.fourcc) {
    case VA_FOURCC_P010:
        view->sample_size = 2;
        /* fallthrough */
    case VA_FOURCC_NV12:
        view->cb = data + image->offsets[1];
        view->cr = view->cb + view->sample_size;
        view->chroma_step = 2 * view->sample_size;
        return true;
    case VA_FOURCC_I420:
        view->cb = data + image->offsets[1];
        view->cr = data + image->offsets[2];
        view->chroma_step = 1;
        return true;
    case VA_FOURCC_YV12:
        view->cr = data + image->offsets[1];
        view->cb = data + image->offsets[2];
        view->chroma_step = 1;
        return true;
    default:
        return false;
    }
}

static bool interleaved(const struct view *view)
{
    return view->chroma_step == 2 * view->sample_size;
}

/* Whether a copy only has to move and unpack samples, without changing their values. */
static bool convertible(const struct view *to, const struct view *from)
{
    return to->sample_size == from->sample_size && !to->packed &&
           (to->sample_size == 1 || (interleaved(to) && interleaved(from)));
}

/* Copies every other byte, four at a time, and returns how many it copied. It leaves the last ones:
 * a word that holds them would reach beyond the line. */
static uint32_t take_every_other(uint8_t *to, const uint8_t *from, uint32_t count)
{
    uint32_t done = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; count - done > 4; done += 4) {
        uint64_t word;
        uint32_t samples;

        memcpy(&word, from + 2 * (size_t)done, sizeof(word));
        word &= 0x00ff00ff00ff00ffull;
        word |= word >> 8;
        samples = (uint32_t)(word & 0xffff) | (uint32_t)(word >> 16 & 0xffff0000);
        memcpy(to + done, &samples, sizeof(samples));
    }
#else
    (void)to, (void)from, (void)count;
#endif
    return done;
}

static void copy_samples(uint8_t *to, unsigned to_step, const uint8_t *from, unsigned from_step,
                         uint32_t count)
{
    uint32_t i = to_step == 1 && from_step == 2 ? take_every_other(to, from, count) : 0;

    for (; i < count; i++)
        to[(size_t)i * to_step] = from[(size_t)i * from_step];
}

/* Copies samples of one line of a plane, from sample `from_x` to sample `to_x`. */
static void copy_line(const struct view *view, uint8_t *to, uint32_t to_x, const uint8_t *from,
                      uint32_t from_x, uint32_t count, bool packed)
{
    const size_t size = view->sample_size;

    if (packed)
        nv15_unpack(to + size * to_x, from, from_x, count);
    else
        /* memmove: the image may be the surface's own memory. */
        memmove(to + size * to_x, from + size * from_x, size * count);
}

/* `x`, `samples`: of one chroma component. */
static void copy_chroma_line(const struct view *to, size_t to_line, uint32_t to_x,
                             const struct view *from, size_t from_line, uint32_t from_x,
                             uint32_t samples)
{
    const size_t to_offset = to_line * to->chroma_pitch;
    const size_t from_offset = from_line * from->chroma_pitch;

    if (interleaved(to) && interleaved(from)) {
        copy_line(to, to->cb + to_offset, 2 * to_x, from->cb + from_offset, 2 * from_x, 2 * samples,
                  from->packed);
        return;
    }
    copy_samples(to->cb + to_offset + (size_t)to_x * to->chroma_step, to->chroma_step,
                 from->cb + from_offset + (size_t)from_x * from->chroma_step, from->chroma_step,
                 samples);
    copy_samples(to->cr + to_offset + (size_t)to_x * to->chroma_step, to->chroma_step,
                 from->cr + from_offset + (size_t)from_x * from->chroma_step, from->chroma_step,
                 samples);
}

static struct tiled_plane tiled_plane(const struct view *view, unsigned plane)
{
    return (struct tiled_plane){
        .data = plane ? view->cb : view->luma,
        .pitch = plane ? view->chroma_pitch : view->luma_pitch,
        .tile_width = view->tiles->format->tile_width,
        .tile_height = view->tiles->plane[plane].tile_height,
    };
}

/* A rectangle in both pictures, in samples of one plane. */
struct place {
    uint32_t linear_x, linear_y, tiled_x, tiled_y;
    uint32_t width, height;
};

/* Copies chroma between tiles and separate Cb and Cr planes, through a small linear buffer. */
static void copy_tiled_components(const struct view *linear, const struct tiled_plane *plane,
                                  const struct place *place, bool write)
{
    enum { PART_WIDTH = 128, PART_HEIGHT = 16 };
    uint8_t data[PART_HEIGHT][2 * PART_WIDTH];
    struct view part = {.cb = data[0],
                        .cr = data[0] + 1,
                        .sample_size = 1,
                        .chroma_step = 2,
                        .chroma_pitch = sizeof(data[0])};

    for (uint32_t y = 0; y < place->height; y += PART_HEIGHT) {
        const uint32_t lines = smaller(place->height - y, PART_HEIGHT);

        for (uint32_t x = 0; x < place->width; x += PART_WIDTH) {
            const uint32_t samples = smaller(place->width - x, PART_WIDTH);
            const uint32_t linear_x = place->linear_x + x, linear_y = place->linear_y + y;
            const uint32_t tiled_x = 2 * (place->tiled_x + x), tiled_y = place->tiled_y + y;

            if (!write)
                tiles_read(plane, tiled_x, tiled_y, 2 * samples, lines, data[0], sizeof(data[0]));
            for (uint32_t i = 0; i < lines; i++)
                if (write)
                    copy_chroma_line(&part, i, 0, linear, linear_y + i, linear_x, samples);
                else
                    copy_chroma_line(linear, linear_y + i, linear_x, &part, i, 0, samples);
            if (write)
                tiles_write(plane, tiled_x, tiled_y, 2 * samples, lines, data[0], sizeof(data[0]));
        }
    }
}

static void copy_tiled_plane(uint8_t *data, uint32_t pitch, const struct tiled_plane *plane,
                             const struct place *place, unsigned sample_bytes, bool write)
{
    uint8_t *at = data + (size_t)place->linear_y * pitch + (size_t)place->linear_x * sample_bytes;
    const uint32_t x = place->tiled_x * sample_bytes, bytes = place->width * sample_bytes;

    if (write)
        tiles_write(plane, x, place->tiled_y, bytes, place->height, at, pitch);
    else
        tiles_read(plane, x, place->tiled_y, bytes, place->height, at, pitch);
}

/* Copies tiles of packed samples (NC30) to P010, through a small linear buffer. */
static void unpack_tiled_plane(uint8_t *data, uint32_t pitch, const struct tiled_plane *plane,
                               const struct place *place, unsigned samples_each)
{
    enum { PART_GROUPS = 64, PART_HEIGHT = 8 };
    uint8_t packed[PART_HEIGHT][PART_GROUPS * NC30_GROUP_BYTES];
    const uint32_t width = place->width * samples_each, from_x = place->tiled_x * samples_each;
    uint8_t *to =
        data + (size_t)place->linear_y * pitch + 2 * (size_t)place->linear_x * samples_each;

    for (uint32_t y = 0; y < place->height; y += PART_HEIGHT) {
        const uint32_t lines = smaller(place->height - y, PART_HEIGHT);

        for (uint32_t x = 0, samples; x < width; x += samples) {
            const uint32_t group = (from_x + x) / NC30_GROUP_SAMPLES;
            const uint32_t skip = (from_x + x) % NC30_GROUP_SAMPLES;
            uint32_t groups;

            samples = smaller(width - x, PART_GROUPS * NC30_GROUP_SAMPLES - skip);
            groups = (skip + samples + NC30_GROUP_SAMPLES - 1) / NC30_GROUP_SAMPLES;
            tiles_read(plane, group * NC30_GROUP_BYTES, place->tiled_y + y,
                       groups * NC30_GROUP_BYTES, lines, packed[0], sizeof(packed[0]));
            for (uint32_t i = 0; i < lines; i++)
                nc30_unpack(to + (size_t)(y + i) * pitch + 2 * (size_t)x, packed[i], skip, samples);
        }
    }
}

/* `write`: to the tiles. */
static void copy_tiled(const struct view *linear, const struct view *tiled,
                       const struct place *luma, bool write)
{
    const struct tiled_plane luma_plane = tiled_plane(tiled, 0);
    const struct tiled_plane chroma_plane = tiled_plane(tiled, 1);
    const struct place chroma = {
        luma->linear_x / 2, luma->linear_y / 2,    luma->tiled_x / 2,
        luma->tiled_y / 2,  (luma->width + 1) / 2, (luma->height + 1) / 2,
    };

    if (tiled->packed) { /* only read, and only as P010: see convertible() */
        unpack_tiled_plane(linear->luma, linear->luma_pitch, &luma_plane, luma, 1);
        unpack_tiled_plane(linear->cb, linear->chroma_pitch, &chroma_plane, &chroma, 2);
        return;
    }
    copy_tiled_plane(linear->luma, linear->luma_pitch, &luma_plane, luma, 1, write);
    if (interleaved(linear))
        copy_tiled_plane(linear->cb, linear->chroma_pitch, &chroma_plane, &chroma, 2, write);
    else
        copy_tiled_components(linear, &chroma_plane, &chroma, write);
}

VAStatus image_copy(const struct view *to, uint32_t to_x, uint32_t to_y, const struct view *from,
                    const struct rectangle *region)
{
    struct rectangle clip = *region;

    if (!convertible(to, from))
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    if (to_x >= to->width || to_y >= to->height || clip.x >= from->width || clip.y >= from->height)
        return VA_STATUS_SUCCESS;
    if (clip.width > to->width - to_x)
        clip.width = to->width - to_x;
    if (clip.width > from->width - clip.x)
        clip.width = from->width - clip.x;
    if (clip.height > to->height - to_y)
        clip.height = to->height - to_y;
    if (clip.height > from->height - clip.y)
        clip.height = from->height - clip.y;

    if (from->tiles) {
        copy_tiled(to, from, &(struct place){to_x, to_y, clip.x, clip.y, clip.width, clip.height},
                   false);
        return VA_STATUS_SUCCESS;
    }
    if (to->tiles) {
        copy_tiled(from, to, &(struct place){clip.x, clip.y, to_x, to_y, clip.width, clip.height},
                   true);
        return VA_STATUS_SUCCESS;
    }
    for (size_t i = 0; i < clip.height; i++)
        copy_line(to, to->luma + (to_y + i) * to->luma_pitch, to_x,
                  from->luma + (clip.y + i) * from->luma_pitch, clip.x, clip.width, from->packed);
    for (size_t i = 0; i < (clip.height + 1) / 2; i++)
        copy_chroma_line(to, to_y / 2 + i, to_x / 2, from, clip.y / 2 + i, clip.x / 2,
                         (clip.width + 1) / 2);
    return VA_STATUS_SUCCESS;
}
