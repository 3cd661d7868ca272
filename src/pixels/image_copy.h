/* SPDX-License-Identifier: MIT */
/* Copies rectangles between 4:2:0 pictures with the CPU: between any layout of a decoder and the
 * layouts of VA images. */
#ifndef IMAGE_COPY_H
#define IMAGE_COPY_H

#include "pixels/format.h"

#include <va/va.h>

/* A 4:2:0 picture in mapped memory. */
struct view {
    uint8_t *luma, *cb, *cr;
    uint32_t luma_pitch, chroma_pitch;  /* bytes */
    unsigned sample_size;               /* bytes */
    unsigned chroma_step;               /* bytes from one Cb sample to the next */
    bool packed;                        /* NV15, NC30: samples share bytes; the sizes are P010's */
    uint32_t width, height;             /* luma samples in memory */
    const struct picture_layout *tiles; /* NULL: the planes are linear */
};

struct rectangle {
    uint32_t x, y, width, height;
};

/* `planes`: where each plane of the layout starts in mapped memory. False: such pictures cannot be
 * copied. */
bool view_of_layout(const struct picture_layout *layout, uint8_t *const planes[MAX_PICTURE_PLANES],
                    struct view *view);

/* `data`: the image's memory. False as above. */
bool view_of_image(const VAImage *image, uint8_t *data, struct view *view);

/* Copies the region of `from` to (to_x, to_y) in `to`, clipped to both pictures.
 * VA_STATUS_ERROR_INVALID_IMAGE_FORMAT: samples would have to change their values, or be packed. */
VAStatus image_copy(const struct view *to, uint32_t to_x, uint32_t to_y, const struct view *from,
                    const struct rectangle *region);

#endif
