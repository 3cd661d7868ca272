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
/* The same with first_mb_in_slice from 15 to 30, which is eight bits longer. */
static const uint8_t later_slice_header[] = {0x65, 0x00, 0x88, 0x84, 0x0a};
/* mb_type ue(25) and pcm_alignment_zero_bit. */
static const uint8_t macroblock_header[] = {0x0d, 0x00};
#define LUMA_SAMPLES   256 /* of a macroblock */
#define CHROMA_SAMPLES 128

static unsigned chroma_samples(const struct decoder *decoder)
{
    return decoder->monochrome ? 0 : CHROMA_SAMPLES;
}

static size_t macroblock_size(const struct decoder *decoder)
{
    return sizeof(macroblock_header) +
           (LUMA_SAMPLES + chroma_samples(decoder)) * decoder->bit_depth / 8;
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

static uint8_t *write_deep_macroblock(uint8_t *to, unsigned number, unsigned x, unsigned y,
                                      unsigned chroma)
{
    struct deep_writer writer = {.to = to + sizeof(macroblock_header), .number = number};

    memcpy(to, macroblock_header, sizeof(macroblock_header));
    for (unsigned i = 0; i < LUMA_SAMPLES; i++) {
        unsigned column = 16 * x + i % 16, row = 16 * y + i / 16;

        put_deep(&writer, picture_luma(number, column, row), column, row);
    }
    for (unsigned i = 0; i < chroma; i++) {
        unsigned column = 8 * x + i % 8, row = 8 * y + i % 64 / 8;

        put_deep(&writer, (i < 64 ? picture_cb : picture_cr)(number, column, row), column, row);
    }
    return writer.to;
}

static uint8_t *write_macroblock(uint8_t *to, unsigned number, unsigned x, unsigned y,
                                 unsigned chroma)
{
    memcpy(to, macroblock_header, sizeof(macroblock_header));
    to += sizeof(macroblock_header);
    for (unsigned i = 0; i < LUMA_SAMPLES; i++)
        *to++ = picture_luma(number, 16 * x + i % 16, 16 * y + i / 16);
    for (unsigned i = 0; i < chroma / 2; i++)
        *to++ = picture_cb(number, 8 * x + i % 8, 8 * y + i / 8);
    for (unsigned i = 0; i < chroma / 2; i++)
        *to++ = picture_cr(number, 8 * x + i % 8, 8 * y + i / 8);
    return to;
}

/* Macroblock rows of a slice, and its header. */
struct rows {
    unsigned columns, first, count;
};

static uint8_t *write_slice_header(uint8_t *to, const struct rows *rows)
{
    unsigned first_mb = rows->first * rows->columns;

    if (!first_mb) {
        memcpy(to, slice_header, sizeof(slice_header));
        return to + sizeof(slice_header);
    }
    if (first_mb < 15 || first_mb > 30)
        client_abort();
    memcpy(to, later_slice_header, sizeof(later_slice_header));
    to[1] = (uint8_t)((first_mb + 1) >> 1); /* ue(v): nine bits */
    to[2] = (uint8_t)((first_mb + 1) << 7 | (to[2] & 0x7f));
    return to + sizeof(later_slice_header);
}

static size_t slice_header_size(unsigned first_row)
{
    return first_row ? sizeof(later_slice_header) : sizeof(slice_header);
}

static uint8_t *make_slice(const struct decoder *decoder, unsigned number, const struct rows *rows,
                           size_t *size)
{
    const unsigned chroma = chroma_samples(decoder);
    uint8_t *data, *to;

    *size = slice_header_size(rows->first) +
            (size_t)rows->columns * rows->count * macroblock_size(decoder) + 1;
    data = malloc(*size);
    if (!data)
        client_abort();
    to = write_slice_header(data, rows);
    for (unsigned y = rows->first; y < rows->first + rows->count; y++) {
        for (unsigned x = 0; x < rows->columns; x++)
            to = decoder->bit_depth > 8 ? write_deep_macroblock(to, number, x, y, chroma)
                                        : write_macroblock(to, number, x, y, chroma);
    }
    *to = 0x80; /* rbsp_stop_one_bit */
    return data;
}

static void describe(VAPictureParameterBufferH264 *picture, VASurfaceID surface,
                     const struct decoder *decoder, unsigned columns, unsigned rows)
{
    memset(picture, 0, sizeof(*picture));
    picture->CurrPic.picture_id = surface;
    for (unsigned i = 0; i < 16; i++) {
        picture->ReferenceFrames[i].picture_id = VA_INVALID_SURFACE;
        picture->ReferenceFrames[i].flags = VA_PICTURE_H264_INVALID;
    }
    picture->picture_width_in_mbs_minus1 = (uint16_t)(columns - 1);
    picture->picture_height_in_mbs_minus1 = (uint16_t)(rows - 1);
    picture->bit_depth_luma_minus8 = (uint8_t)(decoder->bit_depth - 8);
    picture->bit_depth_chroma_minus8 = decoder->monochrome ? 0 : (uint8_t)(decoder->bit_depth - 8);
    picture->num_ref_frames = 1;
    picture->seq_fields.bits.chroma_format_idc = !decoder->monochrome;
    picture->seq_fields.bits.frame_mbs_only_flag = 1;
    picture->seq_fields.bits.direct_8x8_inference_flag = 1;
    picture->pic_fields.bits.deblocking_filter_control_present_flag = 1;
    picture->pic_fields.bits.reference_pic_flag = 1;
}

static void describe_slice(VASliceParameterBufferH264 *slice, const struct rows *rows, size_t size)
{
    memset(slice, 0, sizeof(*slice));
    slice->slice_data_size = (uint32_t)size;
    slice->slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
    slice->slice_data_bit_offset = (uint16_t)(8 * slice_header_size(rows->first));
    slice->first_mb_in_slice = (uint16_t)(rows->first * rows->columns);
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

void parameters_new(struct decoder *decoder, VASurfaceID surface, VABufferID buffers[2])
{
    VAPictureParameterBufferH264 picture;
    VAIQMatrixBufferH264 matrices;

    describe(&picture, surface, decoder, (decoder->width + 15) / 16, (decoder->height + 15) / 16);
    memset(&matrices, 0, sizeof(matrices));
    memset(matrices.ScalingList4x4, 16, sizeof(matrices.ScalingList4x4)); /* Flat_4x4_16 */
    memset(matrices.ScalingList8x8, 16, sizeof(matrices.ScalingList8x8));
    buffers[0] = buffer_new(decoder, VAPictureParameterBufferType, sizeof(picture), &picture);
    buffers[1] = buffer_new(decoder, VAIQMatrixBufferType, sizeof(matrices), &matrices);
}

void slice_new(struct decoder *decoder, unsigned number, unsigned first_row, unsigned num_rows,
               VABufferID buffers[2])
{
    const struct rows rows = {(decoder->width + 15) / 16, first_row, num_rows};
    VASliceParameterBufferH264 slice;
    size_t size;
    uint8_t *data = make_slice(decoder, number, &rows, &size);

    describe_slice(&slice, &rows, size);
    buffers[0] = buffer_new(decoder, VASliceParameterBufferType, sizeof(slice), &slice);
    buffers[1] = buffer_new(decoder, VASliceDataBufferType, size, data);
    free(data);
}

VAStatus render(struct decoder *decoder, VASurfaceID surface, VABufferID *buffers, unsigned count)
{
    VADisplay display = decoder->client->display;
    VAStatus status = vaBeginPicture(display, decoder->context, surface);

    if (status == VA_STATUS_SUCCESS)
        status = vaRenderPicture(display, decoder->context, buffers, (int)count);
    if (decoder->destroy_early)
        destroy_buffers(display, buffers, count);
    return status == VA_STATUS_SUCCESS ? vaEndPicture(display, decoder->context) : status;
}

VAStatus decode(struct decoder *decoder, VASurfaceID surface, unsigned number)
{
    VABufferID buffers[4];
    VAStatus status;

    parameters_new(decoder, surface, buffers);
    slice_new(decoder, number, 0, (decoder->height + 15) / 16, buffers + 2);
    status = render(decoder, surface, buffers, 4);
    if (!decoder->destroy_early)
        destroy_buffers(decoder->client->display, buffers, 4);
    return status;
}
