/* SPDX-License-Identifier: MIT */
/*
 * The numbers of reference pictures: FrameNumWrap, LongTermFrameIdx, PicNum and LongTermPicNum
 * (8.2.4.1). VA defines VAPictureH264.frame_idx as LongTermFrameIdx for a long-term reference, but
 * Chromium gives frame_num there. The driver therefore takes LongTermFrameIdx from the bitstream: a
 * picture that gets one (8.2.5) keeps it as long as it is a reference. If the driver has not seen
 * the marking, because the picture with it was lost or decoded in another context, it uses the
 * client's number.
 */
#include "codec/h264_picture_numbers.h"

#include "builder.h"
#include "codec/h264_state.h"
#include "h264_table.h"

#include <string.h>

#define FIELD_FLAGS (VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_BOTTOM_FIELD)

/* (8-27) */
static int32_t frame_num_wrap(const VAPictureParameterBufferH264 *pic, int32_t frame_num)
{
    const int32_t max_frame_num = 1 << (pic->seq_fields.bits.log2_max_frame_num_minus4 + 4);

    return frame_num > pic->frame_num ? frame_num - max_frame_num : frame_num;
}

/*
 * The timestamp of the frame that is, or has a field that is, the short-term reference with that
 * picNumX (8-39); NO_TIMESTAMP: there is none.
 */
static uint64_t short_term_frame(const struct picture *picture,
                                 const VAPictureParameterBufferH264 *pic,
                                 uint32_t difference_of_pic_nums_minus1)
{
    const bool field = pic->pic_fields.bits.field_pic_flag;
    const int32_t current = field ? 2 * pic->frame_num + 1 : pic->frame_num;
    int32_t wanted = current - (int32_t)difference_of_pic_nums_minus1 - 1;

    /* Fields have 2 * FrameNumWrap + 1 and 2 * FrameNumWrap (8-30, 8-31). */
    if (field)
        wanted = (wanted - (wanted & 1)) / 2;
    if (field && wanted == pic->frame_num)
        return picture->timestamp; /* the first field of this frame */
    for (unsigned i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
        const VAPictureH264 *entry = &pic->ReferenceFrames[i];

        if (!(entry->flags & VA_PICTURE_H264_INVALID) &&
            entry->flags & VA_PICTURE_H264_SHORT_TERM_REFERENCE &&
            frame_num_wrap(pic, (int32_t)(entry->frame_idx & 0xffff)) == wanted)
            return picture_reference(picture, entry->picture_id).timestamp;
    }
    return NO_TIMESTAMP;
}

void h264_note_marking(const struct picture *picture, const VAPictureParameterBufferH264 *pic,
                       const struct h264_dec_ref_pic_marking *marking)
{
    struct h264_context *context = picture->context_state;

    context->marks_long_term = marking->long_term_reference_flag;
    for (unsigned i = 0; i < marking->count; i++)
        if (marking->ops[i].memory_management_control_operation == 3 ||
            marking->ops[i].memory_management_control_operation == 6)
            context->marks_long_term = true;
    if (!context->marks_long_term)
        return;
    memcpy(context->next_long_term, context->long_term, sizeof(context->long_term));
    if (marking->long_term_reference_flag)
        context->next_long_term[0] = picture->timestamp; /* 8.2.5.1 */
    for (unsigned i = 0; i < marking->count; i++) {
        const struct h264_mmco *op = &marking->ops[i];
        uint64_t *frame = &context->next_long_term[op->long_term_frame_idx];

        if (op->memory_management_control_operation == 3) /* 8.2.5.4.3 */
            *frame = short_term_frame(picture, pic, op->difference_of_pic_nums_minus1);
        if (op->memory_management_control_operation == 6) /* 8.2.5.4.6 */
            *frame = picture->timestamp;
    }
}

void h264_commit(struct picture *picture)
{
    struct h264_context *context = picture->context_state;

    if (context->marks_long_term)
        memcpy(context->long_term, context->next_long_term, sizeof(context->long_term));
}

/* LongTermFrameIdx of a long-term reference. */
static uint16_t long_term_frame_idx(const struct h264_context *context, const VAPictureH264 *entry,
                                    uint64_t timestamp)
{
    for (uint16_t i = 0; i < H264_MAX_LONG_TERM && timestamp != NO_TIMESTAMP; i++)
        if (context->long_term[i] == timestamp)
            return i;
    return (uint16_t)entry->frame_idx;
}

void h264_fill_numbers(const struct picture *picture, const VAPictureParameterBufferH264 *pic,
                       const VAPictureH264 *entry, struct v4l2_h264_dpb_entry *dpb)
{
    const struct reference reference = picture_reference(picture, entry->picture_id);
    const struct h264_surface *surface = reference.state;
    const uint32_t parity = entry->flags & FIELD_FLAGS;
    bool bottom = surface->field_pic && surface->bottom_first;
    int32_t number;

    dpb->frame_num = (uint16_t)entry->frame_idx;
    if (entry->flags & VA_PICTURE_H264_LONG_TERM_REFERENCE) {
        dpb->frame_num = long_term_frame_idx(picture->context_state, entry, reference.timestamp);
        number = dpb->frame_num;
    } else {
        number = frame_num_wrap(pic, dpb->frame_num);
    }
    /* An entry describes both fields of a reference. In a field picture, its number is that of the
     * only field in use, or else of the first one (8-30 to 8-33). */
    if (pic->pic_fields.bits.field_pic_flag) {
        if (parity && parity != FIELD_FLAGS)
            bottom = parity == VA_PICTURE_H264_BOTTOM_FIELD;
        number = 2 * number + (bottom == h264_is_bottom_field(pic));
    }
    dpb->pic_num = (uint32_t)number;
}
