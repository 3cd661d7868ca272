/* SPDX-License-Identifier: MIT */
/* A picture of I_PCM macroblocks (H.264), all of whose samples are known. */
#ifndef KNOWN_PICTURE_H
#define KNOWN_PICTURE_H

#include <va/va.h>

#define KNOWN_SIDE   64 /* luma samples */
#define KNOWN_SAMPLE 0x91

/* Decodes it as every player does, in a context of its own, and looks at it. Returns NULL or what
 * is wrong. */
const char *known_picture(VADisplay display);

#endif
