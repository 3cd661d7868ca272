/* SPDX-License-Identifier: MIT */
/*
 * One picture of each codec: intra where the session has no reference, else predicted from that one
 * picture. Headers are what the standards have; what follows them means nothing.
 */
#pragma once

#include "va_client.h"

/* One buffer of a picture. */
struct part {
    VABufferType type;
    unsigned int size;
    void *data;
};

/* va_client.c: renders a picture's buffers, at most eight, and ends it. */
bool picture_render(struct session *session, VASurfaceID surface, const struct part *parts,
                    unsigned int count);

/* pictures.c: appends the low bits of value, most significant first. */
void picture_put_bits(uint8_t *data, unsigned int *position, unsigned int bits, unsigned int value);

/* pictures.c */
bool picture_mpeg2(struct session *session, VASurfaceID surface);
bool picture_h264(struct session *session, VASurfaceID surface);
bool picture_hevc(struct session *session, VASurfaceID surface);

/* pictures_vp.c */
bool picture_vp8(struct session *session, VASurfaceID surface);
bool picture_vp9(struct session *session, VASurfaceID surface);
bool picture_av1(struct session *session, VASurfaceID surface);
