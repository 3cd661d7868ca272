/* SPDX-License-Identifier: MIT */
/* One function for each syntax table of the VP9 bitstream specification, clause 6.3. */
#include "codec/vp9_compressed_header.h"

#include "codec/bool_decoder.h"

#include <errno.h>
#include <string.h>

#define UPDATE_PROBABILITY 252 /* of update_prob, update_mv_prob */

uint8_t vp9_inv_map(unsigned delta_prob)
{
    unsigned value;

    /* The table starts with 20 values at intervals of 13; all others follow in order, the last one
     * twice. */
    if (delta_prob < 20)
        return (uint8_t)(7 + 13 * delta_prob);
    value = delta_prob - 20 + 1;
    if (value > 6)
        value += 1 + (value - 7) / 12;
    return value < 253 ? (uint8_t)value : 253;
}

static unsigned decode_term_subexp(struct bool_decoder *decoder)
{
    unsigned value;

    if (!bool_decoder_flag(decoder))
        return bool_decoder_literal(decoder, 4);
    if (!bool_decoder_flag(decoder))
        return bool_decoder_literal(decoder, 4) + 16;
    if (!bool_decoder_flag(decoder))
        return bool_decoder_literal(decoder, 5) + 32;
    value = bool_decoder_literal(decoder, 7);
    if (value < 65)
        return value + 64;
    return (value << 1) - 1 + bool_decoder_flag(decoder);
}

/* diff_update_prob() for `count` probabilities in a row, up to the inverse map. */
static void diff_update_probs(struct bool_decoder *decoder, uint8_t *probs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bool_decoder_bool(decoder, UPDATE_PROBABILITY))
            probs[i] = vp9_inv_map(decode_term_subexp(decoder));
}

static void update_mv_probs(struct bool_decoder *decoder, uint8_t *probs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bool_decoder_bool(decoder, UPDATE_PROBABILITY))
            probs[i] = (uint8_t)(bool_decoder_literal(decoder, 7) << 1 | 1);
}

static uint8_t read_tx_mode(struct bool_decoder *decoder,
                            const struct vp9_uncompressed_header *frame)
{
    unsigned tx_mode;

    if (vp9_lossless(frame))
        return VP9_ONLY_4X4;
    tx_mode = bool_decoder_literal(decoder, 2);
    if (tx_mode == VP9_ALLOW_32X32)
        tx_mode += bool_decoder_flag(decoder);
    return (uint8_t)tx_mode;
}

static void tx_mode_probs(struct bool_decoder *decoder, struct vp9_compressed_header *header)
{
    diff_update_probs(decoder, &header->tx8[0][0], sizeof(header->tx8));
    diff_update_probs(decoder, &header->tx16[0][0], sizeof(header->tx16));
    diff_update_probs(decoder, &header->tx32[0][0], sizeof(header->tx32));
}

static void read_coef_probs(struct bool_decoder *decoder, struct vp9_compressed_header *header)
{
    const unsigned max_tx_size =
        header->tx_mode < VP9_ALLOW_32X32 ? header->tx_mode : VP9_ALLOW_32X32;

    for (unsigned tx_size = 0; tx_size <= max_tx_size; tx_size++) {
        if (!bool_decoder_flag(decoder))
            continue;
        for (unsigned i = 0; i < 2; i++)
            for (unsigned j = 0; j < 2; j++)
                for (unsigned k = 0; k < 6; k++)
                    for (unsigned l = 0; l < (k == 0 ? 3 : 6); l++)
                        diff_update_probs(decoder, header->coef[tx_size][i][j][k][l], 3);
    }
}

static void frame_reference_mode(struct bool_decoder *decoder,
                                 const struct vp9_uncompressed_header *frame,
                                 struct vp9_compressed_header *header)
{
    header->reference_mode = VP9_SINGLE_REFERENCE;
    if (!vp9_compound_reference_allowed(frame) || !bool_decoder_flag(decoder))
        return;
    header->reference_mode =
        bool_decoder_flag(decoder) ? VP9_REFERENCE_MODE_SELECT : VP9_COMPOUND_REFERENCE;
}

static void frame_reference_mode_probs(struct bool_decoder *decoder,
                                       struct vp9_compressed_header *header)
{
    if (header->reference_mode == VP9_REFERENCE_MODE_SELECT)
        diff_update_probs(decoder, header->comp_mode, sizeof(header->comp_mode));
    if (header->reference_mode != VP9_COMPOUND_REFERENCE)
        diff_update_probs(decoder, &header->single_ref[0][0], sizeof(header->single_ref));
    if (header->reference_mode != VP9_SINGLE_REFERENCE)
        diff_update_probs(decoder, header->comp_ref, sizeof(header->comp_ref));
}

static void mv_probs(struct bool_decoder *decoder, bool allow_high_precision_mv,
                     struct vp9_mv_probs *mv)
{
    update_mv_probs(decoder, mv->joint, sizeof(mv->joint));
    for (unsigned i = 0; i < 2; i++) {
        update_mv_probs(decoder, &mv->sign[i], 1);
        update_mv_probs(decoder, mv->classes[i], sizeof(mv->classes[i]));
        update_mv_probs(decoder, &mv->class0_bit[i], 1);
        update_mv_probs(decoder, mv->bits[i], sizeof(mv->bits[i]));
    }
    for (unsigned i = 0; i < 2; i++) {
        update_mv_probs(decoder, &mv->class0_fr[i][0][0], sizeof(mv->class0_fr[i]));
        update_mv_probs(decoder, mv->fr[i], sizeof(mv->fr[i]));
    }
    for (unsigned i = 0; i < 2 && allow_high_precision_mv; i++) {
        update_mv_probs(decoder, &mv->class0_hp[i], 1);
        update_mv_probs(decoder, &mv->hp[i], 1);
    }
}

static void inter_frame(struct bool_decoder *decoder, const struct vp9_uncompressed_header *frame,
                        struct vp9_compressed_header *header)
{
    diff_update_probs(decoder, &header->inter_mode[0][0], sizeof(header->inter_mode));
    if (frame->interpolation_filter == VP9_SWITCHABLE)
        diff_update_probs(decoder, &header->interp_filter[0][0], sizeof(header->interp_filter));
    diff_update_probs(decoder, header->is_inter, sizeof(header->is_inter));
    frame_reference_mode(decoder, frame, header);
    frame_reference_mode_probs(decoder, header);
    diff_update_probs(decoder, &header->y_mode[0][0], sizeof(header->y_mode));
    diff_update_probs(decoder, &header->partition[0][0], sizeof(header->partition));
    mv_probs(decoder, frame->allow_high_precision_mv, &header->mv);
}

int vp9_compressed_header_parse(struct vp9_compressed_header *header,
                                const struct vp9_uncompressed_header *frame, const uint8_t *data,
                                size_t size)
{
    struct bool_decoder decoder;

    memset(header, 0, sizeof(*header));
    bool_decoder_init(&decoder, data, size);
    if (!size || bool_decoder_flag(&decoder))
        return -EINVAL;
    header->tx_mode = read_tx_mode(&decoder, frame);
    if (header->tx_mode == VP9_TX_MODE_SELECT)
        tx_mode_probs(&decoder, header);
    read_coef_probs(&decoder, header);
    diff_update_probs(&decoder, header->skip, sizeof(header->skip));
    if (!vp9_frame_is_intra(frame))
        inter_frame(&decoder, frame, header);
    return bool_decoder_error(&decoder) ? -ENODATA : 0;
}
