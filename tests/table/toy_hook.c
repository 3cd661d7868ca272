/* SPDX-License-Identifier: MIT */
#include "toy_hook.h"
#include "builder.h"
#include "toy_table.h"

VAStatus toy_read_header(const struct picture *picture, unsigned slice, struct toy_header *header,
                         struct build_error *error)
{
    if (picture->slices[slice].size < 2)
        return refuse(error, VA_STATUS_ERROR_DECODING_ERROR, "header", "too short", slice);
    header->id = picture->slices[slice].data[0];
    header->size = picture->slices[slice].data[1];
    return VA_STATUS_SUCCESS;
}

VAStatus toy_prepare(struct picture *picture, struct build_error *error)
{
    struct toy_context *context = picture->context_state;
    struct toy_surface *surface = picture->surface_state;

    if (!picture->num_slices)
        return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered", 0);
    context->pictures++;
    surface->number = (uint16_t)(100 + context->pictures);
    return VA_STATUS_SUCCESS;
}

VAStatus toy_fill_references(const struct picture *picture, struct toy_ctrl_frame *frame,
                             struct build_error *error)
{
    const ToyPictureParameters *pic = parameter(picture, TOY_BUFFER_PIC);

    if (pic->number == 666)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "pic.number", "unlucky", 666);
    for (unsigned i = 0; i < 4; i++) {
        const struct toy_surface *surface =
            picture_reference(picture, pic->references[i].surface).state;

        if (pic->references[i].flags & VA_TOY_REFERENCE_INVALID)
            continue;
        frame->references[i].number = surface->number;
        frame->references[i].flags = 0x80;
    }
    return VA_STATUS_SUCCESS;
}

void toy_commit(struct picture *picture)
{
    struct toy_context *context = picture->context_state;

    context->committed++;
}

VAStatus toy_fill_points(const struct picture *picture, unsigned slice, unsigned count,
                         struct toy_ctrl_point *points, struct build_error *error)
{
    if (picture->slices[slice].data[1] == 99)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "points", "refused", slice);
    for (unsigned i = 0; i < count; i++)
        points[i].value = (uint16_t)(100 * slice + i);
    return VA_STATUS_SUCCESS;
}
