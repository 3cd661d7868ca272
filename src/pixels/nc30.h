/* SPDX-License-Identifier: MIT */
/* NC30 (P030 in DRM): 4:2:0 of 10 bits, three samples in four bytes, as Raspberry Pi's decoder
 * writes it. */
#ifndef NC30_H
#define NC30_H

#include <stdint.h>

#define NC30_GROUP_SAMPLES 3u
#define NC30_GROUP_BYTES   4u

/* Unpacks samples `first` to `first + count - 1` of a line to P010: 16 bits little endian each, the
 * sample in the upper 10. Each group is 32 bits little endian, the first sample in the lowest bits,
 * the two highest bits unused; reads exactly the groups that hold the samples. `to` takes 2 * count
 * bytes and needs no alignment. */
void nc30_unpack(uint8_t *to, const uint8_t *line, uint32_t first, uint32_t count);

#endif
