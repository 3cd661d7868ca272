/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into FFmpeg: fills its H.264 buffers as another client does, REFILL=chromium or
 * REFILL=gstreamer, in what docs/players.md says of them. Frames only, no fields. The number of
 * buffers is written to the file REFILL_REPORT.
 */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <va/va.h>

#define SURFACES 4096

/* What FFmpeg counts picture order from at an IDR picture of pic_order_cnt_type 0. */
#define ORDER_ZERO 65536

typedef VAStatus create_buffer(VADisplay, VAContextID, VABufferType, unsigned, unsigned, void *,
                               VABufferID *);

static atomic_uint refilled;

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("REFILL_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (!file)
        return;
    fprintf(file, "%u\n", atomic_load(&refilled));
    fclose(file);
}

static bool has_filling(const char *client)
{
    const char *filling = getenv("REFILL");

    return filling && !strcmp(filling, client);
}

/* frame_idx is frame_num of every reference. */
static void refill_picture_as_chromium(VAPictureParameterBufferH264 *pic)
{
    static uint16_t frame_num[SURFACES];

    frame_num[pic->CurrPic.picture_id % SURFACES] = pic->frame_num;
    for (unsigned i = 0; i < 16; i++) {
        VAPictureH264 *entry = &pic->ReferenceFrames[i];

        if (!(entry->flags & VA_PICTURE_H264_INVALID))
            entry->frame_idx = frame_num[entry->picture_id % SURFACES];
    }
}

/* Quantizers as coded, picture order from 0. */
static void refill_picture_as_gstreamer(VAPictureParameterBufferH264 *pic)
{
    const int offset = 6 * pic->bit_depth_luma_minus8;

    pic->pic_init_qp_minus26 = (int8_t)(pic->pic_init_qp_minus26 - offset);
    pic->pic_init_qs_minus26 = (int8_t)(pic->pic_init_qs_minus26 - offset);
    if (pic->seq_fields.bits.pic_order_cnt_type)
        return;
    pic->CurrPic.TopFieldOrderCnt -= ORDER_ZERO;
    pic->CurrPic.BottomFieldOrderCnt -= ORDER_ZERO;
    for (unsigned i = 0; i < 16; i++) {
        if (pic->ReferenceFrames[i].flags & VA_PICTURE_H264_INVALID)
            continue;
        pic->ReferenceFrames[i].TopFieldOrderCnt -= ORDER_ZERO;
        pic->ReferenceFrames[i].BottomFieldOrderCnt -= ORDER_ZERO;
    }
}

static void set_weight_flags(VASliceParameterBufferH264 *slice, unsigned char flag)
{
    slice->luma_weight_l0_flag = flag;
    slice->luma_weight_l1_flag = flag;
    slice->chroma_weight_l0_flag = flag;
    slice->chroma_weight_l1_flag = flag;
}

__attribute__((visibility("default"))) VAStatus
vaCreateBuffer(VADisplay display, VAContextID context, VABufferType type, unsigned size,
               unsigned count, void *data, VABufferID *buffer)
{
    static create_buffer *real;
    VAPictureParameterBufferH264 pic;
    VASliceParameterBufferH264 slice;

    if (!real)
        real = (create_buffer *)dlsym(RTLD_NEXT, "vaCreateBuffer");
    if (data && count == 1 && type == VAPictureParameterBufferType && size == sizeof(pic)) {
        memcpy(&pic, data, size);
        data = &pic;
        atomic_fetch_add(&refilled, 1);
        if (has_filling("chromium"))
            refill_picture_as_chromium(&pic);
        else if (has_filling("gstreamer"))
            refill_picture_as_gstreamer(&pic);
    }
    if (data && count == 1 && type == VASliceParameterBufferType && size == sizeof(slice)) {
        memcpy(&slice, data, size);
        data = &slice;
        atomic_fetch_add(&refilled, 1);
        if (has_filling("chromium"))
            set_weight_flags(&slice, 0);
        else if (has_filling("gstreamer"))
            set_weight_flags(&slice, 1);
    }
    return real(display, context, type, size, count, data, buffer);
}
