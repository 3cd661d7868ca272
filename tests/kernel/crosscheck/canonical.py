# SPDX-License-Identifier: MIT
"""Brings a job's controls into a form that does not depend on the client's own numbering.

- A timestamp becomes the number of the picture whose buffer carries it (-1: no buffer does).
- VP8's segment values become final, whether they were deltas or not.
- The order of DPB entries is free (ext-ctrls-codec-stateless.rst): they are sorted, and the indices
  of active reference list entries follow.
Nothing is left out here; what may differ has a line in rules.yaml.
"""
from .jobs import patch, picture_of

DPB_ENTRIES = 16
H264_SLICE_P, H264_SLICE_B, H264_SLICE_SP = 0, 1, 3
HEVC_SLICE_B, HEVC_SLICE_I = 0, 2


def canonical(job, structs, same_data):
    """Rewrites job.controls in place. structs: layout.Layouts; same_data: the other job's OUTPUT
    buffer is as long as this one's."""
    rewrite = globals().get(f"_{job.codec}")
    if rewrite:
        rewrite(job, structs)
    if job.codec == "av1" and not same_data:
        _av1_tile_offset(job, structs)


def _timestamps(job, struct, paths):
    data = job.controls.get(struct.name)
    if data is None:
        return
    for path in paths:
        leaf = struct.by_path[path]
        patch(data, leaf.offset, picture_of(job, leaf.read(data)))


def _mpeg2(job, structs):
    _timestamps(job, structs["v4l2_ctrl_mpeg2_picture"], ["forward_ref_ts", "backward_ref_ts"])


def _vp8(job, structs):
    struct = structs["v4l2_ctrl_vp8_frame"]
    _timestamps(job, struct, ["last_frame_ts", "golden_frame_ts", "alt_frame_ts"])
    if struct.name in job.controls:
        _vp8_segments(struct, job.controls[struct.name])


def _vp8_segments(struct, data):
    """Segment values as decoders use them: final, clamped ones (RFC 6386, 9.3 and 9.6)."""
    def read(path):
        return struct.by_path[path].read(data)

    if not read("segment.flags.ENABLED"):
        return
    for name, base, most in (("quant_update", "quant.y_ac_qi", 127), ("lf_update", "lf.level", 63)):
        for i in range(4):
            value = read(f"segment.{name}[{i}]")
            if read("segment.flags.DELTA_VALUE_MODE"):
                value += read(base)
            struct.by_path[f"segment.{name}[{i}]"].write(data, min(max(value, 0), most))
    struct.by_path["segment.flags.DELTA_VALUE_MODE"].write(data, 0)


def _vp9(job, structs):
    _timestamps(job, structs["v4l2_ctrl_vp9_frame"],
                ["last_frame_ts", "golden_frame_ts", "alt_frame_ts"])


def _av1(job, structs):
    _timestamps(job, structs["v4l2_ctrl_av1_frame"],
                [f"reference_frame_ts[{i}]" for i in range(8)])


def _av1_tile_offset(job, structs):
    """A client may put tile data where it likes in the OUTPUT buffer. Where the two do: of the last
    tile what is left of the buffer behind it is compared, of the others that they end where the
    next one begins or before."""
    entry = structs["v4l2_ctrl_av1_tile_group_entry"]
    offset, size = entry.by_path["tile_offset"], entry.by_path["tile_size"]
    tiles = [data for name, data in job.controls.items() if name.split("[")[0] == entry.name]
    ends = [offset.read(data) for data in tiles[1:]] + [job.bytesused]
    for i, data in enumerate(tiles):
        left = ends[i] - offset.read(data) - size.read(data)
        offset.write(data, left if i + 1 == len(tiles) else min(left, 0))


def _sort_entries(data, base, size, entries):
    """Reorders array elements; entries: old indices in their new order. Returns old -> new."""
    old = bytes(data[base:base + size * len(entries)])
    for new, index in enumerate(entries):
        data[base + new * size:base + (new + 1) * size] = old[index * size:(index + 1) * size]
    return {index: new for new, index in enumerate(entries)}


def _h264(job, structs):
    struct = structs["v4l2_ctrl_h264_decode_params"]
    data = job.controls.get(struct.name)
    if data is None:
        return
    keys = []
    for i in range(DPB_ENTRIES):
        flags = struct.by_path[f"dpb[{i}].flags.VALID"]
        valid, active = flags.read(data), struct.by_path[f"dpb[{i}].flags.ACTIVE"].read(data)
        ts = struct.by_path[f"dpb[{i}].reference_ts"]
        picture = -1
        if valid:
            picture = picture_of(job, ts.read(data))
            patch(data, ts.offset, picture)
        poc = struct.by_path[f"dpb[{i}].top_field_order_cnt"].read(data)
        keys.append((not active, not valid, picture, poc, i))
    base = struct.by_path["dpb[0].reference_ts"].offset
    size = struct.by_path["dpb[1].reference_ts"].offset - base
    order = _sort_entries(data, base, size, [key[-1] for key in sorted(keys)])

    lists = structs["v4l2_ctrl_h264_slice_params"]
    data = job.controls.get(lists.name)
    if not data or not any(data):  # never set: nothing is a list entry
        return
    slice_type = lists.by_path["slice_type"].read(data)
    for n in (0, 1):
        for i in range(active_references(lists, data, slice_type, n)):
            index = lists.by_path[f"ref_pic_list{n}[{i}].index"]
            index.write(data, order.get(index.read(data), index.read(data)))


def active_references(lists, data, slice_type, n):
    """How many entries of H.264 reference list n (0, 1) a slice uses (7.4.3)."""
    uses = slice_type in (H264_SLICE_P, H264_SLICE_SP, H264_SLICE_B) if n == 0 \
        else slice_type == H264_SLICE_B
    if not uses:
        return 0
    return min(32, lists.by_path[f"num_ref_idx_l{n}_active_minus1"].read(data) + 1)


def _hevc(job, structs):
    struct = structs["v4l2_ctrl_hevc_decode_params"]
    data = job.controls.get(struct.name)
    if data is None:
        return
    count = min(DPB_ENTRIES, struct.by_path["num_active_dpb_entries"].read(data))
    keys = []
    for i in range(DPB_ENTRIES):
        picture = -1
        if i < count:
            ts = struct.by_path[f"dpb[{i}].timestamp"]
            picture = picture_of(job, ts.read(data))
            patch(data, ts.offset, picture)
        poc = struct.by_path[f"dpb[{i}].pic_order_cnt_val"].read(data)
        keys.append((i >= count, picture, poc, i))
    base = struct.by_path["dpb[0].timestamp"].offset
    size = struct.by_path["dpb[1].timestamp"].offset - base
    order = _sort_entries(data, base, size, [key[-1] for key in sorted(keys)])
    for name, counter in (("poc_st_curr_before", "num_poc_st_curr_before"),
                          ("poc_st_curr_after", "num_poc_st_curr_after"),
                          ("poc_lt_curr", "num_poc_lt_curr")):
        for i in range(min(DPB_ENTRIES, struct.by_path[counter].read(data))):
            index = struct.by_path[f"{name}[{i}]"]
            index.write(data, order.get(index.read(data), index.read(data)))

    for name, lists in job.controls.items():
        if name.startswith("v4l2_ctrl_hevc_slice_params") and any(lists):
            _hevc_slice(lists, structs[name], order)


def _hevc_slice(data, lists, order):
    slice_type = lists.by_path["slice_type"].read(data)
    for n, uses in ((0, slice_type != HEVC_SLICE_I), (1, slice_type == HEVC_SLICE_B)):
        active = lists.by_path[f"num_ref_idx_l{n}_active_minus1"].read(data) + 1 if uses else 0
        for i in range(min(DPB_ENTRIES, active)):
            index = lists.by_path[f"ref_idx_l{n}[{i}]"]
            index.write(data, order.get(index.read(data), index.read(data)))
