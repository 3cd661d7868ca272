# SPDX-License-Identifier: MIT
"""Changes to raw H.264 streams, for what no encoder here writes."""

from nal_units import bits_of, edit_units, padded, se, traced, ue, unit_of

_PPS = 8
#: max_num_ref_frames of the streams in which frames are marked as long-term references.
_REFERENCES = 3


def _type(unit):
    return unit[0] & 0x1F


def _with_qs(unit, places, qs):
    if _type(unit) != _PPS:
        return unit
    bits = bits_of(unit)
    begin, end = places["pic_init_qs_minus26"], places["chroma_qp_index_offset"]
    return unit_of(padded(bits[:begin] + se(qs) + bits[end:]))


def init_qs(path):
    """The stream with a pic_init_qs_minus26 of -12, which no slice uses: with the offset that some
    clients add in 10 bits, it is 0."""
    places = iter(traced(path, "h264"))
    return edit_units(path, lambda unit: _with_qs(unit, next(places), -12))


class _Marking:
    """Marks every second frame as a long-term reference, by turns with its own picture and with
    the next one; short-term references besides. All frames have one slice, CAVLC and a frame_num
    of their own."""

    def __init__(self):
        self.number = 0
        self.kept = []  # frames that are references: (number, LongTermFrameIdx or None)

    def _free_idx(self):
        return max(set(range(_REFERENCES)) - {idx for _, idx in self.kept})

    def _remove_oldest(self):
        number, idx = self.kept.pop(0)
        if idx is None:
            return ue(1) + ue(self.number - number - 1)
        return ue(2) + ue(idx)

    def _operations(self):
        """Memory management control operations (7.3.3.3) of the frame, which joins `kept`."""
        # max_long_term_frame_idx_plus1
        operations = ue(4) + ue(_REFERENCES) if self.number == 1 else ""
        if len(self.kept) == _REFERENCES:
            operations += self._remove_oldest()
        idx = None
        if self.number % 4 == 1:
            idx = self._free_idx()
            operations += ue(6) + ue(idx)
        elif self.number % 4 == 3:
            before = self._free_idx()
            self.kept[-1] = (self.number - 1, before)
            operations += ue(3) + ue(0) + ue(before)
        self.kept.append((self.number, idx))
        return operations + ue(0)

    def edit(self, unit, places):
        """The unit with its frame's marking."""
        bits = bits_of(unit)
        if "long_term_reference_flag" in places:
            at = places["long_term_reference_flag"]
            self.number, self.kept = 0, [(0, 0)]
            bits = bits[:at] + "1" + bits[at + 1:]
        elif "adaptive_ref_pic_marking_mode_flag" in places:
            at = places["adaptive_ref_pic_marking_mode_flag"]
            self.number += 1
            bits = bits[:at] + "1" + self._operations() + bits[at + 1:]
        else:
            return unit
        return unit_of(padded(bits))


def long_term(path):
    """The stream with long-term references. Prediction from them is another one then, for every
    decoder alike."""
    places = iter(traced(path, "h264"))
    marking = _Marking()
    return edit_units(path, lambda unit: marking.edit(unit, next(places)))
