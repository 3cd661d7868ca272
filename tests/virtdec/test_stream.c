/* SPDX-License-Identifier: MIT */
/* The tests' H.264 stream, written bit by bit from the standard: Baseline, 64x64, CAVLC. */
#include <string.h>

#include "bits.h"
#include "test_client.h"

#define MACROBLOCKS 16

static void parameter_sets(struct h264_stream *s)
{
    memset(&s->sps, 0, sizeof(s->sps));
    memset(&s->pps, 0, sizeof(s->pps));
    memset(&s->matrix, 16, sizeof(s->matrix));
    s->sps.profile_idc = 66;
    s->sps.constraint_set_flags = V4L2_H264_SPS_CONSTRAINT_SET1_FLAG;
    s->sps.level_idc = 10;
    s->sps.chroma_format_idc = 1;
    s->sps.pic_order_cnt_type = 2;
    s->sps.max_num_ref_frames = 1;
    s->sps.pic_width_in_mbs_minus1 = 3;
    s->sps.pic_height_in_map_units_minus1 = 3;
    s->sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY | V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE;
}

static void finish(const struct client *c, struct h264_stream *s, uint8_t header,
                   struct vd_writer *rbsp, size_t header_bits)
{
    struct vd_writer nal = {0};
    vd_put_align(rbsp, 1);
    vd_put_nal(&nal, header, rbsp);
    /* Start code 00 00 00 01, which slice-based decoders do not want. */
    size_t skip = c->slice_based ? 4 : 0;
    s->size = nal.size - skip;
    memcpy(s->data, nal.data + skip, s->size);
    s->slice.header_bit_size = (uint32_t)header_bits + 8;
    vd_writer_free(&nal);
    vd_writer_free(rbsp);
}

static size_t position(const struct vd_writer *w)
{
    return w->size * 8 - w->free_bits;
}

/* An IDR picture: every macroblock Intra_16x16 with DC prediction and no coefficients. */
void h264_stream_idr(const struct client *c, struct h264_stream *s)
{
    struct vd_writer w = {0};
    memset(s, 0, sizeof(*s));
    parameter_sets(s);
    vd_put_ue(&w, 0);      /* first_mb_in_slice */
    vd_put_ue(&w, 7);      /* slice_type I */
    vd_put_ue(&w, 0);      /* pic_parameter_set_id */
    vd_put_bits(&w, 4, 0); /* frame_num */
    vd_put_ue(&w, 0);      /* idr_pic_id */
    vd_put_bits(&w, 2, 0); /* dec_ref_pic_marking() */
    vd_put_se(&w, 0);      /* slice_qp_delta */
    size_t header = position(&w);
    for (unsigned i = 0; i < MACROBLOCKS; i++) {
        vd_put_ue(&w, 3);      /* mb_type I_16x16_2_0_0 */
        vd_put_ue(&w, 0);      /* intra_chroma_pred_mode */
        vd_put_se(&w, 0);      /* mb_qp_delta */
        vd_put_bits(&w, 1, 1); /* coeff_token: none */
    }
    s->decode.nal_ref_idc = 3;
    s->decode.dec_ref_pic_marking_bit_size = 2;
    s->decode.flags = V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
    s->slice.slice_type = V4L2_H264_SLICE_TYPE_I;
    finish(c, s, 3 << 5 | 5, &w, header);
}

/* P picture `number` (1 to 15) behind the IDR picture, a copy of the previous one, whose timestamp
 * is reference_ns. */
void h264_stream_p(const struct client *c, struct h264_stream *s, unsigned number,
                   uint64_t reference_ns)
{
    struct vd_writer w = {0};
    memset(s, 0, sizeof(*s));
    parameter_sets(s);
    vd_put_ue(&w, 0);
    vd_put_ue(&w, 5); /* slice_type P */
    vd_put_ue(&w, 0);
    vd_put_bits(&w, 4, number);
    vd_put_bits(&w, 1, 0); /* num_ref_idx_active_override_flag */
    vd_put_bits(&w, 1, 0); /* ref_pic_list_modification_flag_l0 */
    vd_put_bits(&w, 1, 0); /* adaptive_ref_pic_marking_mode_flag */
    vd_put_se(&w, 0);
    size_t header = position(&w);
    vd_put_ue(&w, MACROBLOCKS); /* mb_skip_run */
    s->decode.nal_ref_idc = 2;
    s->decode.frame_num = (uint16_t)number;
    s->decode.top_field_order_cnt = s->decode.bottom_field_order_cnt = 2 * (int32_t)number;
    s->decode.dec_ref_pic_marking_bit_size = 1;
    s->decode.flags = V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
    struct v4l2_h264_dpb_entry *entry = &s->decode.dpb[0];
    entry->reference_ts = reference_ns;
    entry->frame_num = (uint16_t)(number - 1);
    entry->pic_num = number - 1;
    entry->fields = V4L2_H264_FRAME_REF;
    entry->top_field_order_cnt = entry->bottom_field_order_cnt = 2 * ((int32_t)number - 1);
    entry->flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
    s->slice.slice_type = V4L2_H264_SLICE_TYPE_P;
    s->slice.ref_pic_list0[0].fields = V4L2_H264_FRAME_REF;
    finish(c, s, 2 << 5 | 1, &w, header);
}

/* Sets all controls of the picture in a request. */
int h264_stream_set(const struct client *c, int request, struct h264_stream *s)
{
    const struct {
        uint32_t id;
        void *value;
        uint32_t size;
        bool per_slice;
    } all[] = {
        {V4L2_CID_STATELESS_H264_SPS, &s->sps, sizeof(s->sps), false},
        {V4L2_CID_STATELESS_H264_PPS, &s->pps, sizeof(s->pps), false},
        {V4L2_CID_STATELESS_H264_SCALING_MATRIX, &s->matrix, sizeof(s->matrix), false},
        {V4L2_CID_STATELESS_H264_DECODE_PARAMS, &s->decode, sizeof(s->decode), false},
        {V4L2_CID_STATELESS_H264_SLICE_PARAMS, &s->slice, sizeof(s->slice), true},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i].per_slice && !c->slice_based)
            continue;
        int error = client_set(c, request, all[i].id, all[i].value, all[i].size);
        if (error)
            return error;
    }
    return 0;
}
