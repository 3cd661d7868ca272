/* SPDX-License-Identifier: MIT */
/* Planes in tiles, as MediaTek's, Allwinner's and Raspberry Pi's decoders write them. */
#ifndef TILES_H
#define TILES_H

#include <stddef.h>
#include <stdint.h>

/* The lines of a tile lie one after the other, and so do the tiles, from left to right and from top
 * to bottom. Columns are tiles that are at least as high as the plane. */
struct tiled_plane {
    uint8_t *data;
    uint32_t pitch;                   /* bytes of the plane's lines, in whole tiles */
    uint32_t tile_width, tile_height; /* bytes and lines */
};

/* Copies `lines` lines of `bytes` bytes each from byte `x` of line `y` on. Touches no other bytes
 * on either side. */
void tiles_read(const struct tiled_plane *plane, uint32_t x, uint32_t y, uint32_t bytes,
                uint32_t lines, uint8_t *to, size_t to_pitch);
void tiles_write(const struct tiled_plane *plane, uint32_t x, uint32_t y, uint32_t bytes,
                 uint32_t lines, const uint8_t *from, size_t from_pitch);

#endif
