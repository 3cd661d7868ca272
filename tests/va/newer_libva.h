/* SPDX-License-Identifier: MIT */
/* Included before all else: the driver as it is built with libva 1.18, whose only news to it is a
 * name for H.264's High 10 profile. */
#ifndef NEWER_LIBVA_H
#define NEWER_LIBVA_H

#include <va/va.h>

#if !VA_CHECK_VERSION(1, 18, 0)
#undef VA_CHECK_VERSION
#define VA_CHECK_VERSION(major, minor, micro) \
    ((major) < 1 || ((major) == 1 && (minor) <= 18 && (micro) == 0))
#define VAProfileH264High10 ((VAProfile)36)
#endif

#endif
