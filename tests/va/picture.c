/* SPDX-License-Identifier: MIT */
/* H.264 IDR pictures of I_PCM macroblocks (7.3.5: mb_type 25), and the VA buffers for them. */
#include "client.h"

#include <stdlib.h>
#include <string.h>

/* Samples of 128 and more: no byte sequence can look like a start code. */
uint8_t picture_luma(unsigned number, unsigned x, unsigned y)
{
    return (uint8_t)(0x80 | ((x * 3 + y * 5 + number * 11) & 0x7f));
}

uint8_t picture_cb(unsigned number, unsigned x, unsigned y)
{
    return (uint8_t)(0x80 | ((x * 7 + y + number * 13) & 0x7f));
}

uint8_t picture_cr(unsigned number, unsigned x, unsigned y)
{
    return (uint8_t)(0x80 | ((x + y * 9 + number * 17) & 0x7f));
}

uint16_t picture_deep(uint8_t upper, unsigned number, unsigned x, unsigned y)
{
    return (uint16_t)(upper << 2 | ((x * 5 + y * 3 + number) & 3));
}

/*
 * nal_unit: nal_ref_idc 3, nal_unit_type 5. slice_header: first_mb_in_slice 0, slice_type 7,
 * pic_parameter_set_id 0, frame_num 0 (4 bits), idr_pic_id 0, pic_order_cnt_lsb 0 (4 bits),
 * no_output_of_prior_pics_flag 0, long_term_reference_flag 0, slice_qp_delta 0,
 * disable_deblocking_filter_idc 1. It ends on a byte boundary.
 */
static const uint8_t slice_header[] = {0x65, 0x88, 0x84, 0x0a};
/* mb_type ue(25) and pcm_alignment_zero_bit. */
static const uint8_t macroblock_header[] = {0x0d, 0x00};
#define SAMPLES 384 /* of a macroblock */

static size_t macroblock_size(unsigned bit_depth)
{
    return sizeof(macroblock_header) + SAMPLES * bit_depth / 8;
}

/* pcm_sample_luma and pcm_sample_chroma of 10 bits, without a gap. */
struct deep_writer {
    uint8_t *to;
    unsigned number, bits, pending;
};

static void put_deep(struct deep_writer *writer, uint8_t upper, unsigned x, unsigned y)
{
    writer->pending = writer->pending << 10 | picture_deep(upper, writer->number, x, y);
    for (writer->bits += 10; writer->bits >= 8; writer->bits -= 8)
        *writer->to++ = (uint8_t)(writer->pending >> (writer->bits - 8));
}

static uint8_t *write_deep_macroblock(uint8_t *to, unsigned number, unsigned x, unsigned y)
{
    struct deep_writer writer = {.to = to + sizeof(macroblock_header), .number = number};

    memcpy(to, macroblock_header, sizeof(macroblock_header));
    for (unsigned i = 0; i < 256; i++) {
        unsigned column = 16 * x + i % 16, row = 16 * y + i / 16;

        put_deep(&writer, picture_luma(number, column, row), column, row);
    }
    for (unsigned i = 0; i < 128; i++) {
        unsigned column = 8 * x + i % 8, row = 8 * y + i % 64 / 8;

        put_deep(&writer, (i < 64 ? picture_cb : picture_cr)(number, column, row), column, row);
    }
    return writer.to;
}

static uint8_t *write_macroblock(uint8_t *to, unsigned number, unsigned x, unsigned y)
{
    memcpy(to, macroblock_header, sizeof(macroblock_header));
    to += sizeof(macroblock_header);
    for (unsigned i = 0; i < 256; i++)
        *to++ = picture_luma(number, 16 * x + i % 16, 16 * y + i / 16);
    for (unsigned i = 0; i < 64; i++)
        *to++ = picture_cb(number, 8 * x + i % 8, 8 * y + i / 8);
    for (unsigned i = 0; i < 64; i++)
        *to++ = picture_cr(number, 8 * x + i % 8, 8 * y + i / 8);
    return to;
}

static uint8_t *make_slice(unsigned bit_depth, unsigned number, unsigned columns, unsigned rows,
                           size_t *size)
{
    uint8_t *data, *to;

    *size = sizeof(slice_header) + (size_t)columns * rows * macroblock_size(bit_depth) + 1;
    data = to = malloc(*size);
    if (!data)
        client_abort();
    memcpy(to, slice_header, sizeof(slice_header));
    to += sizeof(slice_header);
    for (unsigned y = 0; y < rows; y++) {
        for (unsigned x = 0; x < columns; x++)
            to = bit_depth > 8 ? write_deep_macroblock(to, number, x, y)
                               : write_macroblock(to, number, x, y);
    }
    *to = 0x80; /* rbsp_stop_one_bit */
    return data;
}

static void describe(VAPictureParameterBufferH264 *picture, VASurfaceID surface, unsigned bit_depth,
                     unsigned columns, unsigned rows)
{
    memset(picture, 0, sizeof(*picture));
    picture->CurrPic.picture_id = surface;
    for (unsigned i = 0; i < 16; i++) {
        picture->ReferenceFrames[i].picture_id = VA_INVALID_SURFACE;
        picture->ReferenceFrames[i].flags = VA_PICTURE_H264_INVALID;
    }
    picture->picture_width_in_mbs_minus1 = (uint16_t)(columns - 1);
    picture->picture_height_in_mbs_minus1 = (uint16_t)(rows - 1);
    picture->bit_depth_luma_minus8 = picture->bit_depth_chroma_minus8 = (uint8_t)(bit_depth - 8);
    picture->num_ref_frames = 1;
    picture->seq_fields.bits.chroma_format_idc = 1;
    picture->seq_fields.bits.frame_mbs_only_flag = 1;
    picture->seq_fields.bits.direct_8x8_inference_flag = 1;
    picture->pic_fields.bits.deblocking_filter_control_present_flag = 1;
    picture->pic_fields.bits.reference_pic_flag = 1;
}

static void describe_slice(VASliceParameterBufferH264 *slice, size_t size)
{
    memset(slice, 0, sizeof(*slice));
    slice->slice_data_size = (uint32_t)size;
    slice->slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
    slice->slice_data_bit_offset = 8 * sizeof(slice_header);
    slice->slice_type = 2;
    slice->disable_deblocking_filter_idc = 1;
    for (unsigned i = 0; i < 32; i++) {
        slice->RefPicList0[i].picture_id = slice->RefPicList1[i].picture_id = VA_INVALID_SURFACE;
        slice->RefPicList0[i].flags = slice->RefPicList1[i].flags = VA_PICTURE_H264_INVALID;
    }
}

static VABufferID buffer_new(struct decoder *decoder, VABufferType type, size_t size, void *data)
{
    VABufferID buffer = VA_INVALID_ID;

    NEED(vaCreateBuffer(decoder->client->display, decoder->context, type, (unsigned)size, 1, data,
                        &buffer));
    return buffer;
}

static void destroy_buffers(VADisplay display, VABufferID *buffers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, buffers[i]));
}

VAStatus decode(struct decoder *decoder, VASurfaceID surface, unsigned number)
{
    VADisplay display = decoder->client->display;
    unsigned columns = (decoder->width + 15) / 16, rows = (decoder->height + 15) / 16;
    VAPictureParameterBufferH264 picture;
    VASliceParameterBufferH264 slice;
    VAIQMatrixBufferH264 matrices;
    VABufferID buffers[4];
    VAStatus status;
    size_t size;
    uint8_t *data = make_slice(decoder->bit_depth, number, columns, rows, &size);

    describe(&picture, surface, decoder->bit_depth, columns, rows);
    describe_slice(&slice, size);
    memset(&matrices, 0, sizeof(matrices));
    memset(matrices.ScalingList4x4, 16, sizeof(matrices.ScalingList4x4)); /* Flat_4x4_16 */
    memset(matrices.ScalingList8x8, 16, sizeof(matrices.ScalingList8x8));
    buffers[0] = buffer_new(decoder, VAPictureParameterBufferType, sizeof(picture), &picture);
    buffers[1] = buffer_new(decoder, VAIQMatrixBufferType, sizeof(matrices), &matrices);
    buffers[2] = buffer_new(decoder, VASliceParameterBufferType, sizeof(slice), &slice);
    buffers[3] = buffer_new(decoder, VASliceDataBufferType, size, data);
    free(data);
    status = vaBeginPicture(display, decoder->context, surface);
    if (status == VA_STATUS_SUCCESS)
        status = vaRenderPicture(display, decoder->context, buffers, 4);
    if (decoder->destroy_early)
        destroy_buffers(display, buffers, 4);
    if (status == VA_STATUS_SUCCESS)
        status = vaEndPicture(display, decoder->context);
    if (!decoder->destroy_early)
        destroy_buffers(display, buffers, 4);
    return status;
}
