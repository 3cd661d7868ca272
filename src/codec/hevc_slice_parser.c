/* SPDX-License-Identifier: MIT */
#include "codec/hevc_slice_parser.h"

#include <errno.h>

void hevc_fail(struct hevc_parser *p, const char *element, int error)
{
    if (p->error == 0) {
        p->error = error;
        p->element = element;
    }
}

bool hevc_check_read(struct hevc_parser *p, const char *element)
{
    if (bit_reader_error(&p->reader))
        hevc_fail(p, element, -ENODATA);
    return p->error == 0;
}

uint32_t hevc_read_u(struct hevc_parser *p, const char *element, unsigned bits)
{
    const uint32_t value = bit_reader_u(&p->reader, bits);

    return hevc_check_read(p, element) ? value : 0;
}

bool hevc_read_flag(struct hevc_parser *p, const char *element)
{
    return hevc_read_u(p, element, 1) != 0;
}

uint32_t hevc_read_ue(struct hevc_parser *p, const char *element, uint32_t max)
{
    const uint32_t value = bit_reader_ue(&p->reader);

    if (hevc_check_read(p, element) && value > max)
        hevc_fail(p, element, -EINVAL);
    return p->error == 0 ? value : 0;
}

int32_t hevc_read_se(struct hevc_parser *p, const char *element, int32_t min, int32_t max)
{
    const int32_t value = bit_reader_se(&p->reader);

    if (hevc_check_read(p, element) && (value < min || value > max))
        hevc_fail(p, element, -EINVAL);
    return p->error == 0 ? value : 0;
}

unsigned hevc_ceil_log2(uint32_t count)
{
    unsigned bits = 0;

    while (bits < 32 && ((uint64_t)1 << bits) < count)
        bits++;
    return bits;
}
