# SPDX-License-Identifier: MIT
"""Tables with one mistake each: toy.yaml with one text replaced, and the message that must come.

Messages are compared whole, {line} standing for the line of the replaced text (plus an offset).
"""

from bind import PICTURE, SCANS
from schema import SECTION

TOY_NAMES = ("context", "data", "hdr", "iq", "persist", "pic", "picture", "slice", "surface")
NAMES = ", ".join(sorted({*TOY_NAMES, "swapped", *SCANS}))

# name, text of toy.yaml, what it becomes, message, lines from the text's first to the reported one
BAD = [
    (
        "unknown key in a section",
        '  standard: "none"',
        '  standards: "none"',
        "a codec's section has no key 'standards'; expected one of " + ", ".join(SECTION),
        0,
    ),
    (
        "more buffers than the runtime has room for",
        "    iq: {type: VAIQMatrixBufferType, struct: ToyMatrices}",
        "\n".join(f"    iq{i}: {{type: VAIQMatrixBufferType, struct: ToyMatrices}}"
                  for i in range(7)),
        "9 buffers; expected 8, or a larger CODEC_MAX_BUFFERS",
        -2,
    ),
    (
        "the same key twice",
        "    kept[i]: persist.kept[i]".replace("    ", "        ", 1),
        "        kept[i]: persist.kept[i]\n        kept[i]: persist.kept[i]",
        "'kept[i]' is there twice (first in line {line_before}); expected each key once",
        1,
    ),
    (
        "a flow that YAML does not read",
        "        reserved: {const: 0, why: \"the kernel wants zero\"}",
        "        reserved: {const: 0, why: \"the kernel wants zero\"",
        "not YAML: expected ',' or '}', but got '<scalar>'",
        1,
    ),
    (
        "a key missing",
        "      struct: toy_ctrl_extra\n",
        "",
        "a control lacks 'struct'; expected struct: a text",
        -2,
    ),
    (
        "two sources",
        '        version: {const: 9, why: "to be tested"}',
        "        version: {const: 9, from: pic.offset}",
        "'version' has from and const; expected one of from, const, surface, index_of, select, "
        "not_carried, pattern",
        0,
    ),
    (
        "a constant without a reason",
        '        version: {const: 9, why: "to be tested"}',
        "        version: {const: 9}",
        "a row with 'const' lacks 'why'; expected why: a text",
        0,
    ),
    (
        "a bare number",
        '        version: {const: 9, why: "to be tested"}',
        "        version: 9",
        "'version' is a bare number; expected {const: NUMBER, why: REASON}",
        0,
    ),
    (
        "a range that is none",
        "    - {value: slice.count_minus1, range: 0..3}",
        "    - {value: slice.count_minus1, range: 0-3}",
        "'range' is '0-3'; expected LOWEST..HIGHEST",
        0,
    ),
    (
        "a driver that does not exist",
        "type: {from: slice.type % 5, read_by: [cedrus]}",
        "type: {from: slice.type % 5, read_by: [cedars]}",
        "'read_by' is ['cedars']; expected a list of cedrus, hantro, mediatek, rkvdec, tegra-vde",
        0,
    ),
    (
        "a control that does not exist",
        "    TOY_CID_EXTRA:",
        "    TOY_CID_EXTRAS:",
        "there is no control 'TOY_CID_EXTRAS'; expected a constant of the headers",
        0,
    ),
    (
        "a struct that does not exist",
        "      struct: toy_ctrl_extra",
        "      struct: toy_ctrl_extras",
        "there is no struct 'toy_ctrl_extras'; expected a struct of the headers",
        0,
    ),
    (
        "a profile that does not exist",
        "    VAProfileNotYetThere: {since: [99, 0]}",
        "    VAProfileNotYetThere: {bit_depth: 8}",
        "there is no profile 'VAProfileNotYetThere'; expected a constant of the headers",
        0,
    ),
    (
        "a field that does not exist, on the left",
        "        version: {",
        "        versions: {",
        "struct toy_ctrl_frame has no 'versions'; expected references, forward_ts, width, "
        "height_in_units, kind, profile, nibble, offset, version, level, flags, id, raster, lists, "
        "kept, reserved",
        0,
    ),
    (
        "a field that does not exist, on the right",
        "        number: pic.number\n",
        "        number: pic.numbers\n",
        "'pic' has no 'numbers'; expected width_minus1, height_minus1, fields, packed, offset, "
        "forward, references, number, va_reserved",
        0,
    ),
    (
        "a name that does not exist",
        "        number: pic.number\n",
        "        number: pick.number\n",
        f"there is no 'pick'; expected one of {NAMES}",
        0,
    ),
    (
        "a constant that does not exist",
        "when: pic.fields.bits.kind != 1}",
        "when: pic.fields.bits.kind != TOY_KIND_INTRA}",
        f"there is no 'TOY_KIND_INTRA'; expected a constant of the headers, or one of {NAMES}",
        0,
    ),
    (
        "a flag that does not exist",
        "            SEEN: persist.seen",
        "            SEENS: persist.seen",
        "there is no flag 'SEENS' in TOY_FRAME_FLAG_*; expected GRAINY, INTERLACED, INTRA, SCALED, "
        "SEEN",
        0,
    ),
    (
        "a flag without a row",
        "            SEEN: persist.seen\n",
        "",
        "flag TOY_FRAME_FLAG_SEEN of 'flags' has no row; expected a row; where VA has no value for "
        "it, {not_carried: REASON}",
        -7,
    ),
    (
        "an index outside the source",
        '"iq.lists[1 - i][j]"',
        '"iq.lists[2 - i][j]"',
        "index 2 - i of 'iq.lists' runs from 1 to 2; expected 0 to 1",
        0,
    ),
    (
        "an index outside the target",
        '        lists[2]: {not_carried: "VA has two lists."}',
        '        lists[3]: {not_carried: "VA has two lists."}',
        "'[3]' in 'lists[3]' is outside the array; expected 0 to 2, a letter, or "
        "LETTER=FIRST..LAST",
        0,
    ),
    (
        "bits outside the field",
        "pic.packed[15:12]",
        "pic.packed[35:32]",
        "bit 35 is outside 'pic.packed'",
        0,
    ),
    (
        "a value that may not fit",
        "        number: pic.number\n",
        "        number: pic.number + 1\n",
        "'pic.number + 1' has 1..65536, 'number' holds 0..65535; expected a 'range' that fits",
        0,
    ),
    (
        "a negative value that may not fit",
        "offset: {from: -pic.offset - 3, range: -20..20, clause: \"7.8\"}",
        "offset: -pic.offset - 3",
        "'-pic.offset - 3' has -130..125, 'offset' holds -128..127; expected a 'range' that fits",
        0,
    ),
    (
        "a constant that does not fit",
        "version: {const: 9,",
        "version: {const: 256,",
        "'256' has 256..256, 'version' holds 0..255; expected a 'range' that fits",
        0,
    ),
    (
        "a range that excludes nothing",
        "        kind:\n",
        "        kind:\n          range: 0..3\n",
        "a row with 'select' has no key 'range'; expected one of select, cases, otherwise, "
        "read_by, negotiates, clause, doc, why",
        1,
    ),
    (
        "a range that the type has anyway",
        "    - {value: slice.count_minus1, range: 0..3}",
        "    - {value: slice.count_minus1, range: 0..255}",
        "'slice.count_minus1' is always in 0..255: it has 0..255; expected no range",
        0,
    ),
    (
        "a shift by too much",
        "pic.number >> 3",
        "pic.number << 32",
        "'pic.number << 32' shifts a value of 0..65535 by 32..32; expected a value that is not "
        "negative, by 0 to 31",
        0,
    ),
    (
        "a division by what may be 0",
        "pic.number >> 3",
        "pic.number // pic.fields.bits.depth",
        "'pic.number // pic.fields.bits.depth' divides by what may be 0, or a negative value",
        0,
    ),
    (
        "a comparison that decides nothing",
        "        profile: 3 if picture.profile == VAProfileMPEG2Main else 4",
        "        profile: 3 if pic.fields.bits.kind == 9 else 4",
        "'pic.fields.bits.kind == 9' compares 1..3 with 9..9: always the same",
        0,
    ),
    (
        "an expression that is none",
        "        number: pic.number\n",
        "        number: pic.number +\n",
        "'pic.number +' is not an expression; expected see gen/expression.py",
        0,
    ),
    (
        "a call",
        "        number: pic.number\n",
        "        number: abs(pic.number)\n",
        "'abs(pic.number)' is not part of the language",
        0,
    ),
    (
        "an optional buffer without its condition",
        'raster[i]: {from: "iq.zigzag[i]", order: raster_from_zigzag, when: iq, otherwise: 16}',
        'raster[i]: {from: "iq.zigzag[i]", order: raster_from_zigzag}',
        "'iq.zigzag' reads 'iq', which a client may leave out; expected a condition: 'when: iq' or "
        "'iq and ...'",
        0,
    ),
    (
        "a field of the picture that is the runtime's",
        "        number: pic.number\n",
        "        number: picture.num_slices\n",
        "'picture.num_slices' is not for the table; expected one of " + ", ".join(PICTURE),
        0,
    ),
    (
        "a timestamp in a small field",
        "        id: hdr.id << 8 | context.pictures & 255",
        "        id: {surface: pic.forward}",
        "'id' cannot hold a timestamp; expected a __u64",
        0,
    ),
    (
        "an index_of whose absence is an index",
        "          otherwise: 255",
        "          otherwise: 3",
        "'otherwise' of 'index[i]' is 3, which is also an index; expected 4 or more",
        -4,
    ),
    (
        "a kernel field without a row",
        '        version: {const: 9, why: "to be tested"}\n',
        "",
        "'version' of struct toy_ctrl_frame has no row; expected a row; where VA has no value for "
        "it, {not_carried: REASON}",
        "    TOY_CID_FRAME:",
    ),
    (
        "an array without a row for all of it",
        '        lists[2]: {not_carried: "VA has two lists."}\n',
        "",
        "'lists[][]' of struct toy_ctrl_frame is not written as a whole; expected a row; where VA "
        "has no value for it, {not_carried: REASON}",
        "    TOY_CID_FRAME:",
    ),
    (
        "an element with two rows",
        '        lists[2]: {not_carried: "VA has two lists."}',
        '        lists[1..2]: {not_carried: "VA has two lists."}',
        "'lists[1..2]' is written by line {line_before} too; expected one row for each element",
        0,
    ),
    (
        "a hook's field with a row",
        "        references[i].reserved: {const: 0",
        "        references[i].number: pic.fields.bits.kind\n"
        "        references[i].reserved: {const: 0",
        "the hook's 'references[].number' has a row too; expected one of them",
        "          references[].number: {doc: \"what the surface remembers\", read_by: [hantro]}",
    ),
    (
        "a VA field that nobody accounts for",
        '    pic.va_reserved: "reserved"\n',
        "",
        "VA's 'pic.va_reserved[]' is neither used nor under 'unused'; expected a use, or a reason "
        "under 'unused'",
        "toy:",
    ),
    (
        "an unused VA field that is used",
        '    pic.va_reserved: "reserved"\n',
        '    pic.va_reserved: "reserved"\n    pic.packed: "not needed"\n',
        "'pic.packed' is used; expected no row under 'unused'",
        1,
    ),
    (
        "an unused VA field that does not exist",
        '    pic.va_reserved: "reserved"\n',
        '    pic.va_reserved: "reserved"\n    pic.va_padding: "reserved"\n',
        "there is no 'pic.va_padding' in VA's buffers",
        1,
    ),
    (
        "an unused VA field without a reason",
        '    pic.va_reserved: "reserved"\n',
        "    pic.va_reserved:\n",
        "'pic.va_reserved' is unused without a reason; expected a reason",
        0,
    ),
    (
        "a name that the C code needs",
        "      name: slice_control",
        "      name: slice",
        "'slice' means something else in the C code; expected a 'name'",
        -1,
    ),
    (
        "a field to negotiate by in a control that is not told first",
        "        order: {from: pic.number >> 3, doc: \"a shift\"}",
        "        order: {from: pic.number >> 3, negotiates: [hantro]}",
        "'order' is in a control that does not negotiate; expected negotiates_format: true",
        0,
    ),
    (
        "a field to negotiate by that is not always sent",
        "        width: pic.width_minus1 + 1",
        "        width: {from: pic.width_minus1 + 1, when: pic.forward, negotiates: [hantro]}",
        "'width' is no plain value to negotiate by; expected {from: ...}",
        0,
    ),
    (
        "a value to negotiate by that no buffer has",
        "        kept[i]: persist.kept[i]",
        "        kept[0]: {from: \"persist.kept[0]\", negotiates: [hantro]}\n"
        "        kept[i=1..15]: persist.kept[i]",
        "'persist.kept[0]' cannot be negotiated by; expected unsigned fields of buffers",
        0,
    ),
    (
        "more to negotiate by than there is room for",
        "            INTERLACED: {from: pic.fields.bits.interlaced, negotiates: [hantro]}",
        "            INTERLACED: {from: pic.number * 65536, negotiates: [hantro]}",
        "36 bits are negotiated by; expected 32 at most",
        0,
    ),
]
