# SPDX-License-Identifier: MIT
"""Changes to raw HEVC streams, for what no encoder here writes: other profiles in the parameter
sets, and slice segment headers with more in them."""

from nal_units import bits_of, edit_units, escaped, padded, traced, ue, unescaped, unit_of

#: nal_unit_type and bytes from the NAL unit header to profile_tier_level() (7.3.2.1, 7.3.2.2).
_PROFILE_AT = {32: 6, 33: 3}
_SPS, _PPS = 33, 34


def _type(unit):
    return unit[0] >> 1 & 0x3F


def _set_profile(unit, profile):
    if _type(unit) not in _PROFILE_AT:
        return unit
    at = _PROFILE_AT[_type(unit)]
    raw = bytearray(unescaped(unit))
    raw[at] = raw[at] & 0xE0 | profile
    # A decoder of Main takes Main Still Picture, and one of Main 10 takes both (A.3).
    raw[at + 1:at + 5] = sum(1 << (31 - bit) for bit in {profile, 1, 2}).to_bytes(4, "big")
    # What the range extensions say behind the first four flags is reserved here.
    raw[at + 5:at + 11] = bytes([raw[at + 5] & 0xF0, 0, 0, 0, 0, 0])
    return escaped(raw)


def main(path):
    """The stream as one of Main profile."""
    return edit_units(path, lambda unit: _set_profile(unit, 1))


def main_still_picture(path):
    """The stream as one of Main Still Picture profile."""
    return edit_units(path, lambda unit: _set_profile(unit, 3))


def _lengthen(unit, places):
    """A picture parameter set that announces two bits more and an extension in each slice segment
    header, and slice segment headers that have them."""
    bits = bits_of(unit)
    if _type(unit) == _PPS:
        extra = places["num_extra_slice_header_bits"]
        extension = places["slice_segment_header_extension_present_flag"]
        bits = bits[:extra] + "010" + bits[extra + 3:extension] + "1" + bits[extension + 1:]
    elif _type(unit) < 32:
        begin, end = places["slice_type"], places["alignment_bit_equal_to_one"]
        # slice_reserved_flag[], slice_segment_header_extension_length 3 and as many bytes
        header = bits[:begin] + "10" + bits[begin:end] + "00100" + "10100101" * 3 + "1"
        bits = header + "0" * (-len(header) % 8) + bits[end + 8 - end % 8:]
    return unit_of(bits)


def longer_slice_headers(path):
    """The stream with num_extra_slice_header_bits 2 and slice segment header extensions."""
    places = iter(traced(path, "hevc"))
    return edit_units(path, lambda unit: _lengthen(unit, next(places)))


#: What follows short_term_ref_pic_set_sps_flag where the two pictures before are the references:
#: num_negative_pics 2, num_positive_pics 0, and twice delta_poc_s0_minus1 0 and
#: used_by_curr_pic_s0_flag.
_TWO_BEFORE = "011" + "1" + "11" * 2
_ONE_BEFORE = "010" + "1" + "11"


def _mark_long_term(unit, places):
    """A slice segment header whose second reference is a long-term one, in a stream that may have
    such (7.3.6.1). Prediction from it is another one then, for every decoder alike."""
    bits = bits_of(unit)
    if _type(unit) == _SPS:
        at = places["long_term_ref_pics_present_flag"]
        # num_long_term_ref_pics_sps 0
        bits = bits[:at] + "11" + bits[at + 1:bits.rindex("1")] + "1"
        bits += "0" * (-len(bits) % 8)
    elif "short_term_ref_pic_set_sps_flag" in places:
        begin, lsb = places["short_term_ref_pic_set_sps_flag"], places["slice_pic_order_cnt_lsb"]
        after, end = places["slice_temporal_mvp_enabled_flag"], places["alignment_bit_equal_to_one"]
        sets, width = bits[begin + 1:after], begin - lsb
        if sets == _TWO_BEFORE:
            order = (int(bits[lsb:begin], 2) - 2) % (1 << width)
            # num_long_term_pics 1, poc_lsb_lt, used_by_curr_pic_lt_flag, no delta_poc_msb
            sets = _ONE_BEFORE + "010" + f"{order:0{width}b}" + "10"
        else:
            sets += "1"
        header = bits[:begin + 1] + sets + bits[after:end] + "1"
        bits = header + "0" * (-len(header) % 8) + bits[end + 8 - end % 8:]
    return unit_of(bits)


def long_term(path):
    """The stream with the second of two references as a long-term picture."""
    places = iter(traced(path, "hevc"))
    return edit_units(path, lambda unit: _mark_long_term(unit, next(places)))


def _say_deblocking(unit, places):
    if _type(unit) != _PPS:
        return unit
    bits = bits_of(unit)
    at = places["deblocking_filter_control_present_flag"]
    # no override, not disabled, two offsets of 0
    bits = bits[:at] + "1" + "00" + "11" + bits[at + 1:bits.rindex("1")] + "1"
    return unit_of(bits + "0" * (-len(bits) % 8))


def deblocking_control(path):
    """The stream with a deblocking control in its picture parameter set that changes nothing."""
    places = iter(traced(path, "hevc"))
    return edit_units(path, lambda unit: _say_deblocking(unit, next(places)))


def _replaced(unit, places, sps, sets):
    """The unit with `sps` in the place of num_short_term_ref_pic_sets and
    long_term_ref_pics_present_flag, or with what sets(explicit set, slice_pic_order_cnt_lsb and its
    width) says in the place of a slice segment header's sets."""
    bits = bits_of(unit)
    if _type(unit) == _SPS:
        begin, end = places["num_short_term_ref_pic_sets"], places["long_term_ref_pics_present_flag"]
        return unit_of(padded(bits[:begin] + sps + bits[end + 1:]))
    if "short_term_ref_pic_set_sps_flag" not in places:
        return unit
    begin, lsb = places["short_term_ref_pic_set_sps_flag"], places["slice_pic_order_cnt_lsb"]
    after, end = places["slice_temporal_mvp_enabled_flag"], places["alignment_bit_equal_to_one"]
    new = sets(bits[begin + 1:after], int(bits[lsb:begin], 2), begin - lsb)
    header = bits[:begin] + new + bits[after:end] + "1"
    return unit_of(header + "0" * (-len(header) % 8) + bits[end + 8 - end % 8:])


def sets_in_sps(path):
    """The stream with all its reference picture sets in the sequence parameter set, and slices that
    name one of them: short_term_ref_pic_set_sps_flag."""
    found = []

    def collect(explicit, _lsb, _width):
        if explicit not in found:
            found.append(explicit)
        return "0" + explicit

    all_places = traced(path, "hevc")
    places = iter(all_places)
    edit_units(path, lambda unit: _replaced(unit, next(places), "", collect))
    # inter_ref_pic_set_prediction_flag is not coded in the first one.
    sps = ue(len(found)) + found[0] + "".join("0" + one for one in found[1:]) + "0"
    width = (len(found) - 1).bit_length()
    places = iter(all_places)
    return edit_units(path, lambda unit: _replaced(
        unit, next(places), sps,
        lambda explicit, _lsb, _width: "1" + (f"{found.index(explicit):0{width}b}" if width else "")))


def predicted_sets(path):
    """The stream with the set {-1, -2} in the sequence parameter set, and slices whose set is
    predicted from it with a delta of -1: of -2, -3 and -1 the ones that the slice had."""
    flags = {_TWO_BEFORE: "1" "00" "1", _ONE_BEFORE: "00" "00" "1"}
    places = iter(traced(path, "hevc"))
    # predicted, delta_idx_minus1 0, delta_rps_sign 1, abs_delta_rps_minus1 0
    return edit_units(path, lambda unit: _replaced(
        unit, next(places), ue(1) + _TWO_BEFORE + "0",
        lambda explicit, _lsb, _width: "0" + "1" + "1" + "1" + "1" + flags[explicit]))


def long_term_in_sps(path):
    """As long_term(), the long-term picture being one of the sequence parameter set's candidates."""
    all_places = traced(path, "hevc")
    widths = {one["short_term_ref_pic_set_sps_flag"] - one["slice_pic_order_cnt_lsb"]
              for one in all_places if "short_term_ref_pic_set_sps_flag" in one}
    width = widths.pop()
    candidates = 24
    sps = ue(0) + "1" + ue(candidates) + "".join(
        f"{order:0{width}b}" + "1" for order in range(candidates))

    def sets(explicit, lsb, _width):
        if explicit != _TWO_BEFORE:
            return "0" + explicit + ue(0) + ue(0)
        # num_long_term_sps 1, num_long_term_pics 0, lt_idx_sps, no delta_poc_msb
        return "0" + _ONE_BEFORE + ue(1) + ue(0) + f"{lsb - 2:05b}" + "0"

    places = iter(all_places)
    return edit_units(path, lambda unit: _replaced(unit, next(places), sps, sets))
