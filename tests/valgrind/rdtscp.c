/* SPDX-License-Identifier: MIT */
/* A library with a constructor that uses rdtscp, as some behind libavcodec do. */
#include <x86intrin.h>

__attribute__((constructor)) static void use(void)
{
    unsigned processor;

    (void)__rdtscp(&processor);
}
