/* SPDX-License-Identifier: MIT */
/* Bit strings: writing headers, and reading them independently of the driver under test. */
#ifndef VIRTDEC_BITS_H
#define VIRTDEC_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing byte buffer with a bit position; `failed` sticks when memory ran out. */
struct vd_writer {
    uint8_t *data;
    size_t size, room;
    unsigned free_bits; /* in the last byte */
    bool failed;
};

void vd_put_bits(struct vd_writer *w, unsigned count, uint32_t value);
void vd_put_ue(struct vd_writer *w, uint32_t value);
void vd_put_se(struct vd_writer *w, int32_t value);
void vd_put_align(struct vd_writer *w, unsigned bit);
void vd_put_bytes(struct vd_writer *w, const uint8_t *data, size_t size);
void vd_put_nal(struct vd_writer *w, uint8_t header, const struct vd_writer *rbsp);
void vd_writer_clear(struct vd_writer *w);
void vd_writer_free(struct vd_writer *w);

/* Reads an RBSP over the emulation prevention bytes; past the end it reads zeros and fails. */
struct vd_reader {
    const uint8_t *data;
    size_t size, at;
    unsigned bit;     /* of data[at] */
    unsigned zeros;   /* zero bytes just before data[at] */
    unsigned skipped; /* emulation prevention bytes passed so far */
    size_t consumed;  /* bits read, emulation prevention left out */
    bool failed;
};

void vd_reader_init(struct vd_reader *r, const uint8_t *data, size_t size);
uint32_t vd_get_bits(struct vd_reader *r, unsigned count);
uint32_t vd_get_ue(struct vd_reader *r);
int32_t vd_get_se(struct vd_reader *r);

#endif
