/* SPDX-License-Identifier: MIT */
#include "vp8.h"
#include "builder.h"
#include "vp8_table.h"

#ifdef HAVE_VP8

/*
 * Decoders are told where the partitions are, and some go there without a look at the buffer's end:
 * header and first partition, three bytes for the size of each DCT partition but the last, and the
 * DCT partitions (9.5).
 */
static bool partitions_fit(const VASliceParameterBufferVP8 *slice, size_t size)
{
    uint64_t end = (slice->macroblock_offset + UINT64_C(7)) / 8 + slice->partition_size[0];

    end += 3 * (uint64_t)(slice->num_of_partitions - 2);
    for (unsigned i = 1; i < slice->num_of_partitions; i++)
        end += slice->partition_size[i];
    return end <= size;
}

VAStatus vp8_read_frame_header(const struct picture *picture, unsigned slice,
                               struct vp8_frame_header *header, struct build_error *error)
{
    const VAPictureParameterBufferVP8 *pic = parameter(picture, VP8_BUFFER_PIC);
    const VASliceParameterBufferVP8 *parameters =
        slice_parameter(picture, VP8_BUFFER_SLICE, slice, sizeof(VASliceParameterBufferVP8));
    const struct slice *data = &picture->slices[slice];
    size_t first_partition;

    if (!pic || !parameters || picture->num_slices != 1)
        return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered just once",
                      picture->num_slices);
    if (parameters->num_of_partitions < 2 || parameters->num_of_partitions > 9 ||
        !partitions_fit(parameters, data->size))
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "slice.partition_size",
                      "larger than the data", (int64_t)data->size);
    first_partition =
        (parameters->macroblock_offset + (size_t)7) / 8 + parameters->partition_size[0];
    if (vp8_frame_header_parse(header, !pic->pic_fields.bits.key_frame, data->data,
                               first_partition))
        return refuse(error, VA_STATUS_ERROR_DECODING_ERROR, "frame_header",
                      "longer than the first partition", (int64_t)first_partition);
    if (parameters->num_of_partitions != (1 << header->log2_nbr_of_dct_partitions) + 1)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "slice.num_of_partitions",
                      "not what the frame header says", parameters->num_of_partitions);
    return VA_STATUS_SUCCESS;
}

#endif
