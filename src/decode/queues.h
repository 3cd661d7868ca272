/* SPDX-License-Identifier: MIT */
/* A context's open device and the set-up of its two queues. */
#ifndef QUEUES_H
#define QUEUES_H

#include <stdint.h>

struct context;
struct coded_format;

/* All functions want context->lock held. They return 0 or a negative errno. */

/* Opens the device and sets up OUTPUT for the announced size. */
int queues_open(struct context *context);
/* Sets OUTPUT up, with its buffers, for pictures of that size. */
int queues_open_output(struct context *context, uint32_t width, uint32_t height);
/* Asks for CAPTURE's layout for pictures of that format, of which the device was told. */
int queues_negotiate(struct context *context, const struct coded_format *format);
/* STREAMOFF of both queues, whether they stream or not: where the call that was to start them
 * failed they may hold buffers all the same. */
int queues_stop(struct context *context);
/* The kernel forgets the timestamps of a queue that stops: nothing in it is a reference any more.
 */
void queues_forget_references(struct context *context);

#endif
