/* SPDX-License-Identifier: MIT */
/* The bytes that a fuzzer makes, taken one after the other. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* What is left of the input; zeros afterwards. */
struct input {
    const uint8_t *at, *end;
};

static inline unsigned byte(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static inline uint32_t word(struct input *in)
{
    uint32_t value = byte(in);

    value |= byte(in) << 8;
    value |= byte(in) << 16;
    return value | (uint32_t)byte(in) << 24;
}

#endif
