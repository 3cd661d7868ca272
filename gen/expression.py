# SPDX-License-Identifier: MIT
"""The expressions of the table: a small subset of Python's syntax, turned into C.

Every expression carries the interval of values that it can have, worked out from the types of the
fields that it reads. So an index is proven inside its array, and a value proven to fit its target,
before any C is written.

    pic.frame_num                          a field of a parameter buffer, unabridged
    pic.f_code[15:12]                      bits 15 to 12 of it
    pic.ReferenceFrames[i].flags           i is a loop index of the row
    + - * // % << >> & | ^                 on integers
    == != < <= > >=, and, or, not          conditions
    A if CONDITION else B                  a choice
    iq                                     a condition: the client has rendered this buffer
    differs(iq.ScalingList4x4, 16)         a condition: an element of the byte array is not 16
    V4L2_..., VA...                        a constant of the headers
"""

import ast

from layout import Array, Int, Struct

INT32 = (-(1 << 31), (1 << 31) - 1)
UINT32 = (0, (1 << 32) - 1)
INT64 = (-(1 << 63), (1 << 63) - 1)

# Binding strength in C, strongest last.
COND, OR, AND, BITOR, XOR, BITAND, EQUAL, COMPARE, SHIFT, ADD, MUL, UNARY, PRIMARY = range(13)

ARITHMETIC = {
    ast.Add: ("+", ADD),
    ast.Sub: ("-", ADD),
    ast.Mult: ("*", MUL),
    ast.FloorDiv: ("/", MUL),
    ast.Mod: ("%", MUL),
    ast.LShift: ("<<", SHIFT),
    ast.RShift: (">>", SHIFT),
    ast.BitAnd: ("&", BITAND),
    ast.BitOr: ("|", BITOR),
    ast.BitXor: ("^", XOR),
}
COMPARISON = {
    ast.Eq: ("==", EQUAL),
    ast.NotEq: ("!=", EQUAL),
    ast.Lt: ("<", COMPARE),
    ast.LtE: ("<=", COMPARE),
    ast.Gt: (">", COMPARE),
    ast.GtE: (">=", COMPARE),
}


class ExpressionError(Exception):
    """What is wrong with an expression, and what would be right."""

    def __init__(self, message, expected=None):
        super().__init__(message)
        self.message, self.expected = message, expected


class Source:
    """Something that expressions can read fields of.

    kind: 'va', 'parser', 'state', 'picture', 'table' (a constant array) or 'index'.
    optional: it may be absent; a row that reads it needs it in its condition.
    """

    def __init__(self, kind, c, layout, optional=False, pointer=True, only=None):
        self.kind, self.c, self.layout = kind, c, layout
        self.optional, self.pointer = optional, pointer
        self.only = only  # names of the members that may be read


class Value:
    """A C expression with what is known about it."""

    def __init__(self, c, lo, hi, strength=PRIMARY, ctype="int", leaves=()):
        self.c, self.lo, self.hi, self.strength = c, lo, hi, strength
        self.ctype = ctype  # int, u32, i64, u64, bool
        self.leaves = tuple(leaves)  # (source name, path) pairs

    def within(self, strength):
        """Its text as an operand of an operator of this strength."""
        return self.c if self.strength >= strength else f"({self.c})"

    def wide(self):
        """The same as a 64-bit value."""
        if self.ctype == "i64" or self.c.isdigit() or (
            self.ctype == "u64" and not _fits(self.lo, self.hi, INT64)
        ):
            return self
        return Value(f"(int64_t){self.within(UNARY)}", self.lo, self.hi, UNARY, "i64", self.leaves)


class Scope:
    """Names that an expression can use.

    sources: name -> Source; constants: a function from a name to its value or None;
    indices: loop index name -> (first, last).
    """

    def __init__(self, sources, constants, indices=None, ranges=None, available=()):
        self.sources, self.constants = sources, constants
        self.indices = indices or {}
        self.ranges = ranges or {}  # (source, path) -> interval, of fields that were checked before
        self.available = set(available)  # optional buffers that are known to be there

    def within(self, indices=None, ranges=None, available=()):
        return Scope(self.sources, self.constants, indices, ranges, available)


def translate(text, scope):
    """The Value of the expression `text`; raises ExpressionError."""
    return _Translator(scope).visit(_parse(text))


def array(text, scope):
    """(C text, Array, leaf) of an expression that names a whole array."""
    translator = _Translator(scope)
    c, kind, leaf = translator.path(_parse(text))
    return c, kind, leaf


def proven(text, scope):
    """The optional buffers that are there if the condition `text` holds."""
    return _Translator(scope)._proven(_parse(text))


def _parse(text):
    try:
        return ast.parse(str(text), mode="eval").body
    except SyntaxError:
        raise ExpressionError(f"'{text}' is not an expression", "see gen/expression.py") from None


class _Translator:
    def __init__(self, scope):
        self.scope = scope
        self.available = set(scope.available)
        self.indexing = []  # leaves read by the indices of a path

    def visit(self, node):
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return Value(str(int(node.value)), int(node.value), int(node.value))
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.BoolOp):
            return self._bool(node)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.IfExp):
            return self._choice(node)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            return self._bits(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            return self._leaf(node)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "differs":
            return self._differs(node)
        raise ExpressionError(f"'{ast.unparse(node)}' is not part of the language")

    def _name(self, node):
        name = node.id
        if name in self.scope.indices:
            lo, hi = self.scope.indices[name]
            return Value(name, lo, hi)
        if name in self.scope.sources:
            source = self.scope.sources[name]
            if source.optional:
                return Value(f"{source.c} != NULL", 0, 1, EQUAL, "bool", [(name, "")])
            raise ExpressionError(f"'{name}' is always there", f"a field of it, as '{name}.FIELD'")
        value = self.scope.constants(name)
        if value is None:
            known = ", ".join(sorted(self.scope.sources))
            raise ExpressionError(
                f"there is no '{name}'", f"a constant of the headers, or one of {known}"
            )
        wide = "int" if INT32[0] <= value <= INT32[1] else "u32"
        return Value(name, value, value, PRIMARY, wide)

    def path(self, node):
        """(C text, type, (source, path)) of a chain of names and indices."""
        if isinstance(node, ast.Name):
            source = self.scope.sources.get(node.id)
            if source is None:
                known = ", ".join(sorted(self.scope.sources))
                raise ExpressionError(f"there is no '{node.id}'", f"one of {known}")
            return source.c, source.layout, (node.id, "")
        if isinstance(node, ast.Attribute):
            c, kind, (source, path) = self.path(node.value)
            if not isinstance(kind, Struct) or node.attr not in kind.members:
                fields = ", ".join(kind.members) if isinstance(kind, Struct) else "no fields"
                raise ExpressionError(f"'{ast.unparse(node.value)}' has no '{node.attr}'", fields)
            only = self.scope.sources[source].only
            if path == "" and only is not None and node.attr not in only:
                raise ExpressionError(
                    f"'{ast.unparse(node)}' is not for the table", "one of " + ", ".join(only)
                )
            if self.scope.sources[source].optional and source not in self.available:
                raise ExpressionError(
                    f"'{ast.unparse(node)}' reads '{source}', which a client may leave out",
                    f"a condition: 'when: {source}' or '{source} and ...'",
                )
            top = isinstance(node.value, ast.Name)
            arrow = "->" if top and self.scope.sources[source].pointer else "."
            full = f"{path}.{node.attr}" if path else node.attr
            return f"{c}{arrow}{node.attr}", kind.members[node.attr], (source, full)
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            c, kind, (source, path) = self.path(node.value)
            if not isinstance(kind, Array):
                raise ExpressionError(f"'{ast.unparse(node.value)}' is not an array")
            index = self.visit(node.slice)
            if index.lo < 0 or index.hi >= kind.count:
                raise ExpressionError(
                    f"index {ast.unparse(node.slice)} of '{ast.unparse(node.value)}' "
                    f"runs from {index.lo} to {index.hi}",
                    f"0 to {kind.count - 1}",
                )
            self.indexing += index.leaves
            return f"{c}[{index.c}]", kind.element, (source, path + "[]")
        raise ExpressionError(f"'{ast.unparse(node)}' is not the name of a field")

    def _leaf(self, node):
        before, self.indexing = self.indexing, []
        c, kind, leaf = self.path(node)
        leaves, self.indexing = [leaf, *self.indexing], before
        if not isinstance(kind, Int):
            raise ExpressionError(f"'{ast.unparse(node)}' is not a single value", "a field of it")
        lo, hi = kind.interval
        ctype = _ctype(lo, hi, kind)
        lo, hi = self.scope.ranges.get(leaf, (lo, hi))
        return Value(c, lo, hi, PRIMARY, ctype, leaves)

    def _proven(self, node):
        """The optional buffers that are there if the condition `node` holds."""
        parts = [node]
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            parts = node.values
        return {part.id for part in parts if isinstance(part, ast.Name)} & set(self.scope.sources)

    def _differs(self, node):
        if len(node.args) != 2 or not isinstance(node.args[1], ast.Constant):
            raise ExpressionError(f"'{ast.unparse(node)}' needs a value", "differs(ARRAY, VALUE)")
        c, kind, leaf = self.path(node.args[0])
        element = kind
        while isinstance(element, Array):
            element = element.element
        if element is kind or not isinstance(element, Int) or element.size != 1:
            raise ExpressionError(f"'{ast.unparse(node.args[0])}' is no array of bytes")
        text = f"differs({c}, sizeof({c}), {node.args[1].value})"
        return Value(text, 0, 1, PRIMARY, "bool", [leaf])

    def _bits(self, node):
        whole = self.visit(node.value)
        high = self.visit(node.slice.lower) if node.slice.lower else None
        low = self.visit(node.slice.upper) if node.slice.upper else None
        if not high or not low or high.lo != high.hi or low.lo != low.hi or high.lo < low.lo:
            raise ExpressionError(f"'{ast.unparse(node)}' does not name bits", "[HIGH:LOW]")
        width = 8 if whole.hi < 256 else 16 if whole.hi < 65536 else 32
        if high.lo >= width or low.lo < 0:
            raise ExpressionError(f"bit {high.lo} is outside '{ast.unparse(node.value)}'")
        mask = (1 << (high.lo - low.lo + 1)) - 1
        c = whole.within(UNARY)
        if whole.lo < 0:
            c = f"(uint32_t){c}"
        if low.lo:
            c = f"({c} >> {low.lo})"
        ctype = "u32" if whole.ctype == "u32" or whole.lo < 0 else "int"
        return Value(f"{c} & {mask:#x}", 0, mask, BITAND, ctype, whole.leaves)

    def _unary(self, node):
        value = self.visit(node.operand)
        if isinstance(node.op, ast.Not):
            if value.c.endswith(" != NULL"):
                return Value(value.c[:-8] + " == NULL", 0, 1, EQUAL, "bool", value.leaves)
            return Value(f"!{value.within(UNARY)}", 0, 1, UNARY, "bool", value.leaves)
        if isinstance(node.op, ast.USub):
            if isinstance(node.operand, ast.Constant):
                return Value(f"-{value.c}", -value.hi, -value.lo, UNARY)
            value = value if value.ctype in ("int", "bool") and value.lo > INT32[0] else value.wide()
            return Value(
                f"-{value.within(UNARY)}", -value.hi, -value.lo, UNARY, value.ctype, value.leaves
            )
        raise ExpressionError(f"'{ast.unparse(node)}' is not part of the language")

    def _binary(self, node):
        if type(node.op) not in ARITHMETIC:
            raise ExpressionError(f"'{ast.unparse(node)}' is not part of the language")
        operator, strength = ARITHMETIC[type(node.op)]
        left, right = self.visit(node.left), self.visit(node.right)
        lo, hi = _interval(operator, left, right, ast.unparse(node))
        if operator in "&|^":
            unsigned = "u32" in (left.ctype, right.ctype)
            ctype = "u32" if unsigned else "int"
            if hi > UINT32[1]:
                raise ExpressionError(f"'{ast.unparse(node)}' mixes bits of 64-bit values")
        elif {"i64", "u64"} & {left.ctype, right.ctype} or not _fits(lo, hi, INT32) or (
            "u32" in (left.ctype, right.ctype) and not _harmless(operator, left, right)
        ):
            if not _fits(lo, hi, INT64):
                raise ExpressionError(f"'{ast.unparse(node)}' may overflow 64 bits")
            left, ctype = left.wide(), "i64"
            if operator not in ("<<", ">>"):
                right = right.wide()
        else:
            ctype = "u32" if left.ctype == "u32" else "int"
        around = UNARY if strength in (SHIFT, BITAND, BITOR, XOR) else strength
        c = f"{left.within(around)} {operator} {right.within(around + (around < UNARY))}"
        return Value(c, lo, hi, strength, ctype, left.leaves + right.leaves)

    def _bool(self, node):
        operator, strength = ("&&", AND) if isinstance(node.op, ast.And) else ("||", OR)
        before, values = set(self.available), []
        for part in node.values:
            values.append(self.visit(part))
            if isinstance(node.op, ast.And):
                self.available |= self._proven(part)
        self.available = before
        around = strength + 1 if strength == AND else BITOR
        c = f" {operator} ".join(value.within(around) for value in values)
        return Value(c, 0, 1, strength, "bool", sum((value.leaves for value in values), ()))

    def _compare(self, node):
        if len(node.ops) != 1 or type(node.ops[0]) not in COMPARISON:
            raise ExpressionError(f"'{ast.unparse(node)}' is not part of the language")
        operator, strength = COMPARISON[type(node.ops[0])]
        left, right = self.visit(node.left), self.visit(node.comparators[0])
        if left.hi < right.lo or left.lo > right.hi:
            raise ExpressionError(
                f"'{ast.unparse(node)}' compares {left.lo}..{left.hi} "
                f"with {right.lo}..{right.hi}: always the same"
            )
        if "u32" in (left.ctype, right.ctype) and min(left.lo, right.lo) < 0:
            left, right = left.wide(), right.wide()
        elif {left.ctype, right.ctype} == {"u32", "int"} and left.lo != left.hi != right.lo:
            if right.lo != right.hi:
                left, right = left.wide(), right.wide()
        c = f"{left.within(SHIFT)} {operator} {right.within(SHIFT)}"
        if left.strength in (BITAND, BITOR, XOR):
            c = f"({left.c}) {operator} {right.within(SHIFT)}"
        return Value(c, 0, 1, strength, "bool", left.leaves + right.leaves)

    def _choice(self, node):
        test = self.visit(node.test)
        before = set(self.available)
        self.available |= self._proven(node.test)
        yes = self.visit(node.body)
        self.available = before
        no = self.visit(node.orelse)
        if {yes.ctype, no.ctype} == {"u32", "int"} and min(yes.lo, no.lo) < 0:
            yes, no = yes.wide(), no.wide()
        ctypes = (yes.ctype, no.ctype)
        ctype = next((kind for kind in ("u64", "i64", "u32", "int") if kind in ctypes), "bool")
        c = f"{test.within(OR)} ? {yes.within(OR)} : {no.within(COND)}"
        return Value(
            c,
            min(yes.lo, no.lo),
            max(yes.hi, no.hi),
            COND,
            ctype,
            test.leaves + yes.leaves + no.leaves,
        )


def _ctype(lo, hi, kind):
    if kind.name in ("_Bool", "bool"):
        return "bool"
    if _fits(lo, hi, INT32):
        return "int"
    if _fits(lo, hi, UINT32):
        return "u32"
    return "i64" if lo < 0 else "u64"


def _fits(lo, hi, limits):
    return limits[0] <= lo and hi <= limits[1]


def _harmless(operator, left, right):
    """Unsigned arithmetic that cannot wrap."""
    return operator in ("+", "*", "/", "%", ">>", "<<") and left.lo >= 0 and right.lo >= 0


def _interval(operator, left, right, text):
    """The interval of the result."""
    if operator == "+":
        return left.lo + right.lo, left.hi + right.hi
    if operator == "-":
        return left.lo - right.hi, left.hi - right.lo
    if operator == "*":
        products = [a * b for a in (left.lo, left.hi) for b in (right.lo, right.hi)]
        return min(products), max(products)
    if operator in ("/", "%"):
        if right.lo <= 0 or left.lo < 0:
            raise ExpressionError(f"'{text}' divides by what may be 0, or a negative value")
        if operator == "/":
            return left.lo // right.hi, left.hi // right.lo
        return 0, min(left.hi, right.hi - 1)
    if operator in ("<<", ">>"):
        if right.lo < 0 or right.hi > 31 or left.lo < 0:
            raise ExpressionError(
                f"'{text}' shifts a value of {left.lo}..{left.hi} by {right.lo}..{right.hi}",
                "a value that is not negative, by 0 to 31",
            )
        if operator == "<<":
            return left.lo << right.lo, left.hi << right.hi
        return left.lo >> right.hi, left.hi >> right.lo
    if left.lo < 0 or right.lo < 0:
        raise ExpressionError(f"'{text}' takes bits of a value that may be negative")
    if operator == "&":
        return 0, min(left.hi, right.hi)
    bits = max(left.hi, right.hi).bit_length()
    return 0, (1 << bits) - 1
