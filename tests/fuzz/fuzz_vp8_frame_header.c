/* SPDX-License-Identifier: MIT */
/* A byte that says whether it is a key frame, then the first partition. */
#include <errno.h>
#include <stdlib.h>

#include "codec/vp8_frame_header.h"

static void expect(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vp8_frame_header h;
    int result;

    if (!size)
        return 0;
    result = vp8_frame_header_parse(&h, data[0] & 1, data + 1, size - 1);
    expect(result == 0 || result == -ENODATA);
    expect(h.loop_filter_level <= 63 && h.sharpness_level <= 7);
    expect(h.log2_nbr_of_dct_partitions <= 3);
    expect(h.y_ac_qi <= 127);
    expect(abs(h.y_dc_delta) <= 15 && abs(h.y2_dc_delta) <= 15 && abs(h.y2_ac_delta) <= 15);
    expect(abs(h.uv_dc_delta) <= 15 && abs(h.uv_ac_delta) <= 15);
    for (unsigned i = 0; i < 4; i++)
        expect(abs(h.quantizer_update[i]) <= 127 && abs(h.lf_update[i]) <= 63);
    return 0;
}
