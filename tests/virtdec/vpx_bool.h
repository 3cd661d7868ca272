/* SPDX-License-Identifier: MIT */
/* The boolean decoder of VP8 (RFC 6386, 7.3), which VP9 (9.2) has too. */
#ifndef VIRTDEC_VPX_BOOL_H
#define VIRTDEC_VPX_BOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `value` holds the next bits of the data less what was decoded, the first of them on top. */
struct vd_bool {
    const uint8_t *data;
    size_t size, next; /* bytes; next: the first that is not in value */
    uint64_t value;
    int bits; /* of value that are not shifted out, less 8 */
    unsigned range;
    size_t position; /* bits shifted out so far */
};

void vd_bool_init(struct vd_bool *b, const uint8_t *data, size_t size);
unsigned vd_bool_get(struct vd_bool *b, unsigned probability);
unsigned vd_bool_literal(struct vd_bool *b, unsigned bits);
int vd_bool_optional(struct vd_bool *b, unsigned bits);
uint8_t vd_bool_value(const struct vd_bool *b);
bool vd_bool_failed(const struct vd_bool *b);

#endif
