// SPDX-License-Identifier: MIT
/*
 * Built into the test guest: completes visl's trace. visl prints the first element of the array
 * controls (slices, tile group entries) and leaves the entry points out; this writes every element
 * of each array control, as the control framework holds it, into the trace buffer just before the
 * OUTPUT buffer of the job is done.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/list.h>
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

/*
 * The control `id` of a handler. v4l2_ctrl_find() takes the handler's lock, a mutex, but jobs end
 * under a spinlock, and on most hardware in an interrupt: it would sleep there as soon as a client
 * sets controls at the same time, and with it the whole guest. visl adds controls only while a file
 * is being opened, so nobody changes the list while a job runs.
 */
static const struct v4l2_ctrl *find(const struct v4l2_ctrl_handler *handler, u32 id)
{
    const struct v4l2_ctrl_ref *ref;

    for (ref = list_first_entry(&handler->ctrl_refs, struct v4l2_ctrl_ref, node);
         !list_entry_is_head(ref, &handler->ctrl_refs, node); ref = list_next_entry(ref, node))
        if (ref->ctrl->id == id)
            return ref->ctrl;
    return NULL;
}

static void buffer_done(void *data, struct vb2_queue *queue, struct vb2_buffer *buffer)
{
    const struct v4l2_fh *file = queue->drv_priv;
    const struct v4l2_ctrl *ctrl;
    u32 i;

    /*
     * visl alone has no DMA. Its context, a queue's private data, begins with the open file; the
     * queue's owner is missing where VIDIOC_CREATE_BUFS alone made the buffers.
     */
    if (queue->mem_ops != &vb2_vmalloc_memops || !V4L2_TYPE_IS_OUTPUT(queue->type))
        return;
    for (i = 0; i < ARRAY_SIZE(arrays); i++) {
        ctrl = find(file->ctrl_handler, arrays[i]);
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
