/* SPDX-License-Identifier: MIT */
/* The virtual stateless decoder: where CAPTURE formats have their samples. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

unsigned vd_format_depth(uint32_t fourcc);
uint32_t vd_line_bytes(uint32_t fourcc, uint32_t samples);
void vd_put_line(uint32_t fourcc, uint8_t *line, const uint16_t *samples, uint32_t count);
bool vd_has_tiles(uint32_t fourcc);
uint32_t vd_column_samples(uint32_t fourcc);
size_t vd_luma_bytes(uint32_t fourcc, uint32_t stride, uint32_t height);
size_t vd_picture_bytes(uint32_t fourcc, uint32_t stride, uint32_t width, uint32_t height);
uint32_t vd_plane_lines(uint32_t fourcc, unsigned plane, uint32_t height);
void vd_put_row(uint32_t fourcc, unsigned plane, uint8_t *memory, uint32_t stride, uint32_t y,
                const uint8_t *line, uint32_t bytes);

#endif
