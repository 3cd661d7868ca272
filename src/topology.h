/* SPDX-License-Identifier: MIT */
/* Finds the video nodes of a media device's decoders. */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#define MAX_MEDIA_DECODERS 8
#define MAX_NODE_PATH      32

/* Paths of the video nodes behind which the media device of `media_fd` has an entity of function
 * MEDIA_ENT_F_PROC_VIDEO_DECODER, from its topology (an encoder beside it is left out). Node
 * numbers change from boot to boot, so they are looked up by device number. Returns how many. */
unsigned topology_decoders(int media_fd, char paths[MAX_MEDIA_DECODERS][MAX_NODE_PATH]);

#endif
