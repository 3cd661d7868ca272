/* SPDX-License-Identifier: MIT */
/* Control values: enumeration, get, set and try, in requests and outside. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "virtdec.h"

static bool is_compound(const struct vd_ctrl_desc *desc)
{
    return desc->type >= V4L2_CTRL_COMPOUND_TYPES || desc->dim;
}

/* Adds a control to a context; called by a codec's controls(), and again for a second codec that
 * shares it. The array stays sorted by id, as enumeration wants it. */
void vd_ctrl_add(struct vd_ctx *ctx, const struct vd_ctrl_desc *desc)
{
    unsigned at = 0;
    while (at < ctx->num_ctrls && ctx->ctrl[at].desc.id < desc->id)
        at++;
    if (ctx->num_ctrls == VD_MAX_CTRLS ||
        (at < ctx->num_ctrls && ctx->ctrl[at].desc.id == desc->id))
        return;
    void *value = calloc(1, desc->elem_size);
    if (!value)
        return;
    memmove(&ctx->ctrl[at + 1], &ctx->ctrl[at], (ctx->num_ctrls - at) * sizeof(ctx->ctrl[0]));
    ctx->ctrl[at] = (struct vd_ctrl){.desc = *desc, .value = value, .size = desc->elem_size};
    vd_ctrl_default(desc, value);
    ctx->num_ctrls++;
}

void vd_ctrl_add_menu(struct vd_ctx *ctx, uint32_t id, const char *name, const char *const *menu,
                      int low, int high, int initial, uint64_t skip)
{
    struct vd_ctrl_desc desc = {.id = id,
                                .name = name,
                                .type = V4L2_CTRL_TYPE_MENU,
                                .elem_size = sizeof(int32_t),
                                .min = low,
                                .max = high,
                                .def = initial,
                                .menu_skip = skip,
                                .menu = menu};
    vd_ctrl_add(ctx, &desc);
}

static void add_class(struct vd_ctx *ctx, uint32_t id, const char *name)
{
    struct vd_ctrl_desc desc = {.id = id,
                                .name = name,
                                .type = V4L2_CTRL_TYPE_CTRL_CLASS,
                                .elem_size = sizeof(int32_t),
                                .flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY};
    vd_ctrl_add(ctx, &desc);
}

/* Gives a new context the controls of its personality. */
int vd_ctrls_init(struct vd_ctx *ctx)
{
    const struct vd_personality *p = ctx->personality;
    add_class(ctx, V4L2_CID_CODEC_CLASS, "Codec Controls");
    add_class(ctx, V4L2_CID_CODEC_STATELESS_CLASS, "Stateless Codec Controls");
    for (const struct vd_coded *coded = p->coded; coded->codec; coded++)
        coded->codec->controls(ctx, coded);
    return 0;
}

/* Frees the controls of a context. */
void vd_ctrls_free(struct vd_ctx *ctx)
{
    for (unsigned i = 0; i < ctx->num_ctrls; i++)
        free(ctx->ctrl[i].value);
    ctx->num_ctrls = 0;
}

/* Frees the values of a request; NULL is allowed. */
void vd_ctrl_set_free(struct vd_ctrl_set *set)
{
    if (!set)
        return;
    for (unsigned i = 0; i < VD_MAX_CTRLS; i++)
        free(set->value[i]);
    free(set);
}

static int index_of(const struct vd_ctx *ctx, uint32_t id)
{
    for (unsigned i = 0; i < ctx->num_ctrls; i++)
        if (ctx->ctrl[i].desc.id == id)
            return (int)i;
    return -1;
}

static int replace(void **to, uint32_t *to_size, const void *from, uint32_t size)
{
    void *copy = malloc(size ? size : 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, from, size);
    free(*to);
    *to = copy;
    *to_size = size;
    return 0;
}

/* Before a job: what the request sets becomes current; the rest keeps its last value. */
int vd_ctrls_apply(struct vd_ctx *ctx, struct vd_request *req)
{
    const struct vd_ctrl_set *set = req ? req->ctrls : NULL;
    if (!set || set->ctx != ctx)
        return 0;
    for (unsigned i = 0; i < ctx->num_ctrls; i++) {
        if (!set->value[i])
            continue;
        struct vd_ctrl *ctrl = &ctx->ctrl[i];
        if (replace(&ctrl->value, &ctrl->size, set->value[i], set->size[i]))
            return -ENOMEM;
        vd_apply_sequence(ctx, ctrl->desc.id, ctrl->value);
    }
    return 0;
}

/* The values of a request are final and may be read back; also fills in those it did not set. */
void vd_ctrls_complete(struct vd_ctx *ctx, struct vd_request *req)
{
    if (!req)
        return;
    bool was_bound = req->ctrls != NULL;
    if (!req->ctrls) {
        req->ctrls = calloc(1, sizeof(*req->ctrls));
        if (!req->ctrls)
            return;
        req->ctrls->ctx = ctx;
    }
    struct vd_ctrl_set *set = req->ctrls;
    if (set->completed || set->ctx != ctx)
        return;
    for (unsigned i = 0; i < ctx->num_ctrls; i++)
        if (!set->value[i])
            replace(&set->value[i], &set->size[i], ctx->ctrl[i].value, ctx->ctrl[i].size);
    set->completed = true;
    if (was_bound)
        vd_request_object_done(req);
}

static int find_next(const struct vd_ctx *ctx, uint32_t wanted)
{
    const uint32_t both = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
    uint32_t id = wanted & V4L2_CTRL_ID_MASK;
    if (!(wanted & both))
        return index_of(ctx, wanted);
    for (unsigned i = 0; i < ctx->num_ctrls; i++) {
        if (ctx->ctrl[i].desc.id <= id)
            continue;
        bool compound = is_compound(&ctx->ctrl[i].desc);
        if ((wanted & both) == both ||
            compound == ((wanted & both) == V4L2_CTRL_FLAG_NEXT_COMPOUND))
            return (int)i;
    }
    return -1;
}

static uint32_t shown_flags(const struct vd_ctrl_desc *desc)
{
    uint32_t flags = desc->flags;
    if (desc->type >= V4L2_CTRL_COMPOUND_TYPES || desc->dim)
        flags |= V4L2_CTRL_FLAG_HAS_PAYLOAD;
    if (desc->dim)
        flags |= V4L2_CTRL_FLAG_DYNAMIC_ARRAY;
    return flags;
}

/* VIDIOC_QUERY_EXT_CTRL. */
int vd_query_ext_ctrl(struct vd_ctx *ctx, struct v4l2_query_ext_ctrl *q)
{
    int index = find_next(ctx, q->id);
    if (index < 0)
        return -EINVAL;
    const struct vd_ctrl *ctrl = &ctx->ctrl[index];
    const struct vd_ctrl_desc *desc = &ctrl->desc;
    memset(q, 0, sizeof(*q));
    q->id = desc->id;
    q->type = desc->type;
    snprintf(q->name, sizeof(q->name), "%s", desc->name);
    q->minimum = desc->min;
    q->maximum = desc->max;
    q->step = desc->type == V4L2_CTRL_TYPE_MENU ? 1 : (uint64_t)desc->step;
    q->default_value = desc->def;
    q->flags = shown_flags(desc);
    q->elem_size = desc->elem_size;
    q->elems = desc->dim ? ctrl->size / desc->elem_size : 1;
    q->nr_of_dims = desc->dim ? 1 : 0;
    q->dims[0] = desc->dim;
    return 0;
}

/* VIDIOC_QUERYCTRL, which does not see NEXT_COMPOUND and shows no range of compound controls. */
int vd_queryctrl(struct vd_ctx *ctx, struct v4l2_queryctrl *q)
{
    struct v4l2_query_ext_ctrl ext = {.id = q->id};
    int error = vd_query_ext_ctrl(ctx, &ext);
    if (error)
        return error;
    memset(q, 0, sizeof(*q));
    q->id = ext.id;
    q->type = ext.type;
    q->flags = ext.flags;
    memcpy(q->name, ext.name, sizeof(q->name) - 1);
    if (ext.type < V4L2_CTRL_COMPOUND_TYPES) {
        q->minimum = (int32_t)ext.minimum;
        q->maximum = (int32_t)ext.maximum;
        q->step = (int32_t)ext.step;
        q->default_value = (int32_t)ext.default_value;
    }
    return 0;
}

/* VIDIOC_QUERYMENU. */
int vd_querymenu(struct vd_ctx *ctx, struct v4l2_querymenu *q)
{
    int index = index_of(ctx, q->id);
    if (index < 0)
        return -EINVAL;
    const struct vd_ctrl_desc *desc = &ctx->ctrl[index].desc;
    q->reserved = 0;
    if (desc->type != V4L2_CTRL_TYPE_MENU || q->index < desc->min || q->index > desc->max)
        return -EINVAL;
    if (desc->menu_skip >> q->index & 1)
        return -EINVAL;
    snprintf((char *)q->name, sizeof(q->name), "%s", desc->menu[q->index]);
    return 0;
}

/* VIDIOC_G_CTRL. */
int vd_g_ctrl(struct vd_ctx *ctx, struct v4l2_control *c)
{
    int index = index_of(ctx, c->id);
    if (index < 0 || is_compound(&ctx->ctrl[index].desc))
        return -EINVAL;
    if (ctx->ctrl[index].desc.flags & V4L2_CTRL_FLAG_WRITE_ONLY)
        return -EACCES;
    memcpy(&c->value, ctx->ctrl[index].value, sizeof(c->value));
    return 0;
}

/* VIDIOC_S_CTRL. */
int vd_s_ctrl(struct vd_ctx *ctx, struct v4l2_control *c)
{
    int index = index_of(ctx, c->id);
    if (index < 0 || is_compound(&ctx->ctrl[index].desc))
        return -EINVAL;
    if (ctx->ctrl[index].desc.flags & V4L2_CTRL_FLAG_READ_ONLY)
        return -EACCES;
    int error = vd_ctrl_validate(&ctx->ctrl[index].desc, &c->value);
    if (error)
        return error;
    if (memcmp(ctx->ctrl[index].value, &c->value, sizeof(c->value)) != 0)
        vd_event_changed(ctx, &ctx->ctrl[index]);
    memcpy(ctx->ctrl[index].value, &c->value, sizeof(c->value));
    return 0;
}

static bool has_class(const struct vd_ctx *ctx, uint32_t which)
{
    return which == V4L2_CTRL_WHICH_CUR_VAL || which == V4L2_CTRL_WHICH_DEF_VAL ||
           which == V4L2_CTRL_WHICH_REQUEST_VAL || index_of(ctx, which | 1) >= 0;
}

/* Size in bytes that a compound value must have at least; fills in what the client asked for. */
static int check_size(const struct vd_ctrl *ctrl, const struct vd_ctrl_set *set, int index,
                      struct v4l2_ext_control *c, bool get)
{
    const struct vd_ctrl_desc *desc = &ctrl->desc;
    if (!is_compound(desc))
        return 0;
    uint32_t now = set && set->value[index] ? set->size[index] : ctrl->size;
    if (desc->dim) {
        uint32_t most = desc->dim * desc->elem_size;
        c->size = c->size / desc->elem_size * desc->elem_size;
        if ((get && c->size < now) || (!get && c->size > most)) {
            c->size = get ? now : most;
            return -ENOSPC;
        }
        if (!get && !c->size)
            return -EFAULT;
        if (get)
            c->size = now;
        return 0;
    }
    if (c->size < desc->elem_size) {
        if (!get)
            return -EFAULT;
        c->size = desc->elem_size;
        return -ENOSPC;
    }
    c->size = desc->elem_size;
    return 0;
}

static int check_all(struct vd_ctx *ctx, const struct vd_ctrl_set *set,
                     struct v4l2_ext_controls *cs, bool get)
{
    for (uint32_t i = 0; i < cs->count; i++) {
        struct v4l2_ext_control *c = &cs->controls[i];
        cs->error_idx = i;
        if (cs->which && cs->which != V4L2_CTRL_WHICH_DEF_VAL &&
            cs->which != V4L2_CTRL_WHICH_REQUEST_VAL && V4L2_CTRL_ID2WHICH(c->id) != cs->which)
            return -EINVAL;
        int index = index_of(ctx, c->id & V4L2_CTRL_ID_MASK);
        if (index < 0)
            return -EINVAL;
        int error = check_size(&ctx->ctrl[index], set, index, c, get);
        if (error)
            return error;
        memset(c->reserved2, 0, sizeof(c->reserved2));
    }
    return 0;
}

static int request_set(struct vd_ctx *ctx, const struct v4l2_ext_controls *cs, bool get, bool set,
                       struct vd_ctrl_set **found)
{
    *found = NULL;
    if (cs->which != V4L2_CTRL_WHICH_REQUEST_VAL)
        return 0;
    struct vd_request *req = cs->request_fd < 0 ? NULL : vd_request_by_fd(cs->request_fd);
    if (!req)
        return -EINVAL;
    if (get) {
        if (req->state != VD_REQ_COMPLETE)
            return -EACCES;
        if (!req->ctrls || req->ctrls->ctx != ctx)
            return -ENOMEM;
    } else {
        if (req->state != VD_REQ_IDLE)
            return -EBUSY;
        if (req->ctrls && req->ctrls->ctx != ctx)
            return -EINVAL;
        if (!req->ctrls && set) {
            req->ctrls = calloc(1, sizeof(*req->ctrls));
            if (!req->ctrls)
                return -ENOMEM;
            req->ctrls->ctx = ctx;
            req->incomplete++;
        }
        if (!req->ctrls)
            return -ENOMEM;
    }
    *found = req->ctrls;
    return 0;
}

static int get_one(struct vd_ctx *ctx, const struct vd_ctrl_set *set, uint32_t which,
                   struct v4l2_ext_control *c)
{
    int index = index_of(ctx, c->id & V4L2_CTRL_ID_MASK);
    struct vd_ctrl *ctrl = &ctx->ctrl[index];
    const void *value = set && set->value[index] ? set->value[index] : ctrl->value;
    uint32_t size = is_compound(&ctrl->desc) ? c->size : ctrl->desc.elem_size;
    void *scratch = NULL;
    if (which == V4L2_CTRL_WHICH_DEF_VAL) {
        scratch = calloc(1, size > ctrl->desc.elem_size ? size : ctrl->desc.elem_size);
        if (!scratch)
            return -ENOMEM;
        vd_ctrl_default(&ctrl->desc, scratch);
        value = scratch;
    }
    if (!is_compound(&ctrl->desc))
        memcpy(&c->value, value, sizeof(c->value));
    else if (!vd_bad_pointer(c->ptr))
        memcpy(c->ptr, value, size);
    free(scratch);
    return is_compound(&ctrl->desc) && vd_bad_pointer(c->ptr) ? -EFAULT : 0;
}

/* VIDIOC_G_EXT_CTRLS. */
int vd_g_ext_ctrls(struct vd_ctx *ctx, struct v4l2_ext_controls *cs)
{
    struct vd_ctrl_set *set = NULL;
    cs->error_idx = cs->count;
    cs->reserved[0] = 0;
    int error = request_set(ctx, cs, true, false, &set);
    if (error)
        return error;
    if (!cs->count)
        return has_class(ctx, cs->which) ? 0 : -EINVAL;
    error = check_all(ctx, set, cs, true);
    cs->error_idx = cs->count;
    for (uint32_t i = 0; !error && i < cs->count; i++) {
        int index = index_of(ctx, cs->controls[i].id & V4L2_CTRL_ID_MASK);
        if (ctx->ctrl[index].desc.flags & V4L2_CTRL_FLAG_WRITE_ONLY)
            error = -EACCES;
    }
    for (uint32_t i = 0; !error && i < cs->count; i++) {
        cs->error_idx = i;
        error = get_one(ctx, set, cs->which, &cs->controls[i]);
    }
    if (!error)
        cs->error_idx = cs->count;
    return error;
}

/* Checks what needs no copy of the value: that nothing is read-only, and plain values. */
static int check_settable(struct vd_ctx *ctx, struct v4l2_ext_controls *cs)
{
    for (uint32_t i = 0; i < cs->count; i++) {
        struct v4l2_ext_control *c = &cs->controls[i];
        const struct vd_ctrl_desc *desc = &ctx->ctrl[index_of(ctx, c->id & V4L2_CTRL_ID_MASK)].desc;
        cs->error_idx = i;
        if (desc->flags & V4L2_CTRL_FLAG_READ_ONLY)
            return -EACCES;
        if (is_compound(desc))
            continue;
        int error = vd_ctrl_validate(desc, &c->value);
        if (error)
            return error;
    }
    return 0;
}

/* What a codec says to a value: whether it can decode such a sequence, and of which depth it is. */
static int ask_codec(const struct vd_ctx *ctx, const struct vd_coded *coded, uint32_t id,
                     const void *value, unsigned *bit_depth)
{
    const struct vd_codec *codec = coded->codec;
    int error = codec->check_control ? codec->check_control(coded, id, value) : 0;
    unsigned depth = codec->bit_depth ? codec->bit_depth(id, value) : 0;
    if (depth && depth != 8 && !(depth == 10 && coded->ten_bits))
        error = -EINVAL;
    if (depth && coded == ctx->coded)
        *bit_depth = depth;
    return error;
}

static int set_one(struct vd_ctx *ctx, struct vd_ctrl_set *set, struct v4l2_ext_control *c,
                   bool store)
{
    int index = index_of(ctx, c->id & V4L2_CTRL_ID_MASK);
    struct vd_ctrl *ctrl = &ctx->ctrl[index];
    const struct vd_ctrl_desc *desc = &ctrl->desc;
    uint32_t size = is_compound(desc) ? c->size : desc->elem_size;
    const void *from = is_compound(desc) ? c->ptr : (const void *)&c->value;
    if (vd_bad_pointer(from))
        return -EFAULT;
    void *value = NULL;
    uint32_t copied = 0;
    int error = replace(&value, &copied, from, size);
    for (uint32_t at = 0; !error && at < size; at += desc->elem_size)
        error = vd_ctrl_validate(desc, (uint8_t *)value + at);
    const struct vd_personality *p = ctx->personality;
    unsigned bit_depth = 0;
    for (const struct vd_coded *coded = p->coded; !error && coded->codec; coded++)
        error = ask_codec(ctx, coded, desc->id, value, &bit_depth);
    bool changes = !error && !set && (size != ctrl->size || memcmp(ctrl->value, value, size) != 0);
    if (!error && store && changes && bit_depth)
        error = vd_set_sequence(ctx, desc->id, value, bit_depth);
    /* The client sees what validation made of the value. */
    if (!error && is_compound(desc))
        memcpy(c->ptr, value, size);
    if (!error && !is_compound(desc))
        memcpy(&c->value, value, size);
    if (!error && store && set)
        error = replace(&set->value[index], &set->size[index], value, size);
    if (!error && store && !set) {
        if (changes)
            vd_event_changed(ctx, ctrl);
        error = replace(&ctrl->value, &ctrl->size, value, size);
    }
    free(value);
    return error;
}

/* VIDIOC_S_EXT_CTRLS and VIDIOC_TRY_EXT_CTRLS. */
int vd_try_set_ext_ctrls(struct vd_ctx *ctx, struct v4l2_ext_controls *cs, bool store)
{
    struct vd_ctrl_set *set = NULL;
    cs->error_idx = cs->count;
    cs->reserved[0] = 0;
    int error = request_set(ctx, cs, false, store, &set);
    if (error)
        return error;
    if (cs->which == V4L2_CTRL_WHICH_DEF_VAL)
        return -EINVAL;
    if (!cs->count)
        return has_class(ctx, cs->which) ? 0 : -EINVAL;
    error = check_all(ctx, set, cs, false);
    if (!error)
        error = check_settable(ctx, cs);
    if (error && store)
        cs->error_idx = cs->count;
    for (uint32_t i = 0; !error && i < cs->count; i++) {
        cs->error_idx = i;
        error = set_one(ctx, set, &cs->controls[i], store);
    }
    if (!error)
        cs->error_idx = cs->count;
    return error;
}
