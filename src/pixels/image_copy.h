/* SPDX-License-Identifier: MIT */
/* Copies of rectangles between pictures of 4:2:0, by the CPU: between any layout of a decoder's and
 * the layouts of VA's images. */
#ifndef IMAGE_COPY_H
#define IMAGE_COPY_H

#include "pixels/format.h"

#include <va/va.h>

/* 4:2:0 samples, wherever their planes are. */
struct view {
    uint8_t *luma, *cb, *cr;
    uint32_t luma_pitch, chroma_pitch;  /* bytes */
    unsigned sample_size;               /* bytes */
    unsigned chroma_step;               /* bytes from one Cb sample to the next */
    bool packed;                        /* NV15, NC30: samples share bytes; the sizes are P010's */
    uint32_t width, height;             /* luma samples that there are */
    const struct picture_layout *tiles; /* NULL: the planes are in lines */
};

struct rectangle {
    uint32_t x, y, width, height;
};

/* `planes`: where each plane of mapped memory of the layout starts. False: there are no copies
 * from or to such pictures. */
bool view_of_layout(const struct picture_layout *layout, uint8_t *const planes[MAX_PICTURE_PLANES],
                    struct view *view);

/* `data`: the image's memory. False as above. */
bool view_of_image(const VAImage *image, uint8_t *data, struct view *view);

/* Copies the region of `from` to `to`, where its upper left corner is at (to_x, to_y). What has no
 * memory behind it on either side is left out. VA_STATUS_ERROR_INVALID_IMAGE_FORMAT: samples would
 * have to change their values, or be packed. */
VAStatus image_copy(const struct view *to, uint32_t to_x, uint32_t to_y, const struct view *from,
                    const struct rectangle *region);

#endif
