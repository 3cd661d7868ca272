/* SPDX-License-Identifier: MIT */
#include "codec/vp8.h"

#include "builder.h"
#include "vp8_table.h"

#include <string.h>

/*
 * Controls say where the partitions are, and some decoders read them without checking for the end
 * of the buffer. In order: header and first partition, three bytes for the size of each DCT
 * partition but the last, and the DCT partitions (9.5).
 */
static bool partitions_fit(const VASliceParameterBufferVP8 *slice, size_t size)
{
    uint64_t end = (slice->macroblock_offset + UINT64_C(7)) / 8 + slice->partition_size[0];

    end += 3 * (uint64_t)(slice->num_of_partitions - 2);
    for (unsigned i = 1; i < slice->num_of_partitions; i++)
        end += slice->partition_size[i];
    return end <= size;
}

static VAStatus read_frame_header(const struct picture *picture, struct vp8_frame_header *header,
                                  bool key_frame, struct build_error *error)
{
    const VASliceParameterBufferVP8 *parameters =
        slice_parameter(picture, VP8_BUFFER_SLICE, 0, sizeof(VASliceParameterBufferVP8));
    const struct slice *data = &picture->slices[0];
    size_t first_partition;

    if (!parameters)
        return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered", 0);
    if (parameters->num_of_partitions < 2 || parameters->num_of_partitions > 9 ||
        !partitions_fit(parameters, data->size))
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "slice.partition_size",
                      "larger than the data", (int64_t)data->size);
    first_partition =
        (parameters->macroblock_offset + (size_t)7) / 8 + parameters->partition_size[0];
    if (vp8_frame_header_parse(header, key_frame, data->data, first_partition))
        return refuse(error, VA_STATUS_ERROR_DECODING_ERROR, "frame_header",
                      "longer than the first partition", (int64_t)first_partition);
    if (parameters->num_of_partitions != (1 << header->log2_nbr_of_dct_partitions) + 1)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "slice.num_of_partitions",
                      "not what the frame header says", parameters->num_of_partitions);
    return VA_STATUS_SUCCESS;
}

/* A key frame resets the levels to deltas of 0 (9.3). */
static void segment_levels(struct vp8_context *context, bool key_frame)
{
    const struct vp8_frame_header *header = &context->header;
    struct vp8_persistent *segments = &context->persistent;

    *segments = key_frame ? (struct vp8_persistent){0} : context->committed;
    if (header->update_segment_feature_data) {
        segments->absolute = header->segment_feature_mode;
        memcpy(segments->lf_update, header->lf_update, sizeof(segments->lf_update));
    }
    for (unsigned i = 0; i < 4; i++) {
        const int level =
            (segments->absolute ? 0 : header->loop_filter_level) + segments->lf_update[i];

        context->segment_level[i] = (uint8_t)(level < 0 ? 0 : level > 63 ? 63 : level);
    }
}

static VAStatus check_references(const struct picture *picture,
                                 const VAPictureParameterBufferVP8 *pic, struct build_error *error)
{
    const struct {
        VASurfaceID surface;
        const char *name;
    } references[] = {{pic->last_ref_frame, "pic.last_ref_frame"},
                      {pic->golden_ref_frame, "pic.golden_ref_frame"},
                      {pic->alt_ref_frame, "pic.alt_ref_frame"}};
    VAStatus status = VA_STATUS_SUCCESS;

    for (unsigned i = 0; i < 3 && status == VA_STATUS_SUCCESS; i++)
        status = check_reference(error, picture_reference(picture, references[i].surface).timestamp,
                                 references[i].name, references[i].surface);
    return status;
}

VAStatus vp8_prepare(struct picture *picture, struct build_error *error)
{
    const VAPictureParameterBufferVP8 *pic = parameter(picture, VP8_BUFFER_PIC);
    struct vp8_context *context = picture->context_state;
    VAStatus status;

    if (!pic || picture->num_slices != 1)
        return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered just once",
                      picture->num_slices);
    status = read_frame_header(picture, &context->header, !pic->pic_fields.bits.key_frame, error);
    if (status == VA_STATUS_SUCCESS)
        segment_levels(context, !pic->pic_fields.bits.key_frame);
    if (status == VA_STATUS_SUCCESS && pic->pic_fields.bits.key_frame) /* 0: a key frame */
        status = check_references(picture, pic, error);
    return status;
}

void vp8_commit(struct picture *picture)
{
    struct vp8_context *context = picture->context_state;

    context->committed = context->persistent;
}
