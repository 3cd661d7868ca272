/* SPDX-License-Identifier: MIT */
#include "codec/vp9.h"

#include "builder.h"
#include "vp9_table.h"

static VAStatus read_headers(const struct picture *picture,
                             const VADecPictureParameterBufferVP9 *pic, struct vp9_context *context,
                             struct build_error *error)
{
    const struct vp9_frame_size coded = {pic->frame_width, pic->frame_height};
    const struct slice *slice = &picture->slices[0];
    const struct vp9_uncompressed_header *header = &context->header;
    const char *element = NULL;

    if (vp9_uncompressed_header_parse(&context->header, &context->persistent, &coded, slice->data,
                                      slice->size, &element))
        return refuse(error, VA_STATUS_ERROR_DECODING_ERROR,
                      element ? element : "uncompressed_header", "not as 6.2 has it",
                      (int64_t)slice->size);
    if (header->show_existing_frame)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "show_existing_frame",
                      "nothing to decode", header->frame_to_show_map_idx);
    if (vp9_compressed_header_parse(&context->compressed, header,
                                    slice->data + header->uncompressed_header_size,
                                    header->header_size_in_bytes))
        return refuse(error, VA_STATUS_ERROR_DECODING_ERROR, "compressed_header",
                      "not as 6.3 has it", header->header_size_in_bytes);
    return VA_STATUS_SUCCESS;
}

/* The decoder writes a frame of the header's size and depth, whatever VA says. */
static VAStatus check_parameters(const struct picture *picture,
                                 const VADecPictureParameterBufferVP9 *pic,
                                 const struct vp9_uncompressed_header *header,
                                 struct build_error *error)
{
    const unsigned profile = picture->profile == VAProfileVP9Profile2 ? 2 : 0;

    if (header->profile != profile || pic->profile != profile)
        return refuse(error, VA_STATUS_ERROR_UNSUPPORTED_PROFILE, "pic.profile",
                      "not that of the configuration", header->profile);
    if (header->persistent.bit_depth != pic->bit_depth)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "pic.bit_depth",
                      "not what the frame header says", pic->bit_depth);
    if (header->frame_width != pic->frame_width)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "pic.frame_width",
                      "not what the frame header says", pic->frame_width);
    if (header->frame_height != pic->frame_height)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "pic.frame_height",
                      "not what the frame header says", pic->frame_height);
    return VA_STATUS_SUCCESS;
}

static VAStatus check_references(const struct picture *picture,
                                 const VADecPictureParameterBufferVP9 *pic,
                                 const struct vp9_uncompressed_header *header,
                                 struct build_error *error)
{
    const unsigned slots[VP9_REFS_PER_FRAME] = {pic->pic_fields.bits.last_ref_frame,
                                                pic->pic_fields.bits.golden_ref_frame,
                                                pic->pic_fields.bits.alt_ref_frame};

    for (unsigned i = 0; i < VP9_REFS_PER_FRAME && !vp9_frame_is_intra(header); i++) {
        const VASurfaceID surface = pic->reference_frames[slots[i]];
        const VAStatus status = check_reference(
            error, picture_reference(picture, surface).timestamp, "pic.reference_frames", slots[i]);

        if (status != VA_STATUS_SUCCESS)
            return status;
    }
    return VA_STATUS_SUCCESS;
}

VAStatus vp9_prepare(struct picture *picture, struct build_error *error)
{
    const VADecPictureParameterBufferVP9 *pic = parameter(picture, VP9_BUFFER_PIC);
    struct vp9_context *context = picture->context_state;
    VAStatus status;

    if (!pic || picture->num_slices != 1)
        return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered just once",
                      picture->num_slices);
    /* A frame uses three of the eight slots as references; later frames may use the others. All are
     * named before the headers are parsed, because these need the state of earlier frames, which a
     * parked context may have (handover.c). */
    for (unsigned i = 0; i < VP9_NUM_REF_FRAMES; i++)
        picture_keeps_reference(picture, pic->reference_frames[i]);
    status = read_headers(picture, pic, context, error);
    if (status == VA_STATUS_SUCCESS)
        status = check_parameters(picture, pic, &context->header, error);
    if (status == VA_STATUS_SUCCESS)
        status = check_references(picture, pic, &context->header, error);
    return status;
}

void vp9_commit(struct picture *picture)
{
    struct vp9_context *context = picture->context_state;

    context->persistent = context->header.persistent;
}
