/* SPDX-License-Identifier: MIT */
/* What the tests in points.c need beyond a VA client: faults, exports, clocks. */
#ifndef POINT_CLIENT_H
#define POINT_CLIENT_H

#include "../va/client.h"
#include "survey.h"

#include <va/va_drmcommon.h>

/* CLOCK_MONOTONIC in seconds. */
double now(void);

VAStatus export_surface(struct client *client, VASurfaceID surface,
                        VADRMPRIMESurfaceDescriptor *descriptor);
void close_export(VADRMPRIMESurfaceDescriptor *descriptor);
/* Whether the exported luma is that of picture `number`. */
bool export_shows(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned number, unsigned width,
                  unsigned height);

/* Decodes picture `number` and looks whether it is there. */
bool decodes(struct decoder *decoder, VASurfaceID surface, unsigned number);
/* What vaQuerySurfaceError says. */
bool has_error(struct client *client, VASurfaceID surface);

/* errors.c */
void decode_error_is_its_surfaces(struct client *client);
void errors_in_a_row(struct client *client);
void silent_hardware(struct client *client);
void stopped_longer_than_its_timeout(struct client *client);
void buffers_with_wrong_indices(struct client *client);

/* sharing.c */
void exports_of_another_size(struct client *client);
void exports_meet_first_decodes(struct client *client);
void exports_closed_late_or_never(struct client *client);
void two_videos_in_two_processes(struct client *client);
/* The main() of the other process; fd: a socket. */
int neighbour(const char *ending, int fd);

/* two_contexts.c */
void surfaces_of_two_contexts(struct client *client);
void surfaces_of_two_threads(struct client *client);

#endif
