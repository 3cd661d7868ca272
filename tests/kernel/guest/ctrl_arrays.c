// SPDX-License-Identifier: MIT
/*
 * Built into the test guest: completes visl's trace. visl prints the first element of the array
 * controls (slices, tile group entries) and leaves the entry points out; this writes every element
 * of each array control, as the control framework holds it, into the trace buffer just before the
 * OUTPUT buffer of the job is done.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/v4l2-controls.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-fh.h>
#include <media/videobuf2-vmalloc.h>
#include <trace/events/vb2.h>

#define ELEMENT_MAX 1024

/* Found again by crosscheck/jobs.py. */
struct record {
    char magic[8]; /* "v4l2arr" */
    u32 id;        /* V4L2_CID_... */
    u32 index;     /* of the element */
    u32 count;     /* of elements */
    u32 size;      /* of the element that follows */
    u8 element[ELEMENT_MAX];
};

static const u32 arrays[] = {
    V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
    V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS,
    V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
};

static void write_array(const struct v4l2_ctrl *ctrl)
{
    static struct record record; /* one processor, and jobs end one at a time */
    u32 i;

    if (ctrl->elem_size > ELEMENT_MAX || !ctrl->p_cur.p)
        return;
    for (i = 0; i < ctrl->elems; i++) {
        record = (struct record){
            .magic = "v4l2arr",
            .id = ctrl->id,
            .index = i,
            .count = ctrl->elems,
            .size = ctrl->elem_size,
        };
        memcpy(record.element, ctrl->p_cur.p_u8 + i * ctrl->elem_size, ctrl->elem_size);
        __trace_puts(_THIS_IP_, (const char *)&record,
                     offsetof(struct record, element) + ctrl->elem_size);
    }
}

/* The open file that a queue belongs to. */
static struct v4l2_fh *file_of(const struct vb2_queue *queue)
{
    /* VIDIOC_CREATE_BUFS on a memory-to-memory device sets no owner. visl, the only driver here
     * without DMA, begins its context with the v4l2_fh. */
    if (!queue->owner && queue->mem_ops == &vb2_vmalloc_memops)
        return queue->drv_priv;
    return queue->owner;
}

static void buffer_done(void *data, struct vb2_queue *queue, struct vb2_buffer *buffer)
{
    struct v4l2_fh *fh = file_of(queue);
    u32 i;

    /*
     * A queue that was set up by VIDIOC_CREATE_BUFS alone has no owner. visl's context, which
     * begins with its file handle, is the queue's private data; it alone names no device.
     */
    if (!fh && !queue->dev)
        fh = queue->drv_priv;
    if (!fh || !V4L2_TYPE_IS_OUTPUT(queue->type))
        return;
    for (i = 0; i < ARRAY_SIZE(arrays); i++) {
        struct v4l2_ctrl *ctrl = v4l2_ctrl_find(fh->ctrl_handler, arrays[i]);

        if (ctrl)
            write_array(ctrl);
    }
}

static int __init ctrl_arrays_init(void)
{
    /* before the event that ends the job */
    return register_trace_prio_vb2_buf_done(buffer_done, NULL, TRACEPOINT_DEFAULT_PRIO + 1);
}
late_initcall(ctrl_arrays_init);
