/* SPDX-License-Identifier: MIT */
#include "pixels/tiles.h"

#include <stdbool.h>
#include <string.h>

/* How many lines of a tile are copied together. Each one is written to a different place, and where
 * these lie 2048 bytes apart, more of them evict one another from the processor's cache. */
#define BAND 8u

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Copies `lines` pieces of `bytes` bytes. Whole lines of tiles get copies of constant size, which
 * are faster. */
static inline void copy_pieces(uint8_t *to, size_t to_pitch, const uint8_t *from, size_t from_pitch,
                               uint32_t bytes, uint32_t lines)
{
    for (uint32_t i = 0; i < lines; i++, to += to_pitch, from += from_pitch)
        if (bytes == 16)
            memcpy(to, from, 16);
        else if (bytes == 32)
            memcpy(to, from, 32);
        else if (bytes == 128)
            memcpy(to, from, 128);
        else
            memcpy(to, from, bytes);
}

/* Copies a rectangle in pieces of one tile and at most BAND lines each. `linear` is where the
 * rectangle starts in linear memory. */
static inline void copy(const struct tiled_plane *plane, uint32_t x, uint32_t y, uint32_t bytes,
                        uint32_t lines, uint8_t *linear, size_t linear_pitch, bool write)
{
    const size_t tile_size = (size_t)plane->tile_width * plane->tile_height;

    for (uint32_t line = 0, band; line < lines; line += band) {
        const uint32_t row = (y + line) % plane->tile_height;
        uint8_t *tiles = plane->data + (size_t)(y + line - row) * plane->pitch +
                         (size_t)row * plane->tile_width + x / plane->tile_width * tile_size;
        uint32_t skip = x % plane->tile_width;

        band = smaller(smaller(BAND - row % BAND, plane->tile_height - row), lines - line);
        for (uint32_t done = 0, piece; done < bytes; done += piece) {
            uint8_t *at = linear + line * linear_pitch + done;

            piece = smaller(plane->tile_width - skip, bytes - done);
            if (write)
                copy_pieces(tiles + skip, plane->tile_width, at, linear_pitch, piece, band);
            else
                copy_pieces(at, linear_pitch, tiles + skip, plane->tile_width, piece, band);
            tiles += tile_size;
            skip = 0;
        }
    }
}

void tiles_read(const struct tiled_plane *plane, uint32_t x, uint32_t y, uint32_t bytes,
                uint32_t lines, uint8_t *to, size_t to_pitch)
{
    copy(plane, x, y, bytes, lines, to, to_pitch, false);
}

void tiles_write(const struct tiled_plane *plane, uint32_t x, uint32_t y, uint32_t bytes,
                 uint32_t lines, const uint8_t *from, size_t from_pitch)
{
    copy(plane, x, y, bytes, lines, (uint8_t *)from, from_pitch, true);
}
