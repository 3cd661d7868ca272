/* SPDX-License-Identifier: MIT */
/* NV15: 4:2:0 of 10 bits without padding, as Rockchip's decoders write it. */
#ifndef NV15_H
#define NV15_H

#include <stdint.h>

/* Unpacks samples `first` to `first + count - 1` of a line to P010: 16 bits little endian each, the
 * sample in the upper 10. The line packs four samples in five bytes, the first one in the lowest
 * bits; reads exactly the bytes of the groups that hold the samples. `to` takes 2 * count bytes and
 * needs no alignment. */
void nv15_unpack(uint8_t *to, const uint8_t *line, uint32_t first, uint32_t count);

#endif
