# SPDX-License-Identifier: MIT
"""Reads a YAML file so that every key still knows its line, for error messages."""

import yaml


class TableError(Exception):
    """Something wrong in the table: where, what, and what would be right."""

    def __init__(self, line, message, expected=None):
        super().__init__(message)
        self.line = line
        self.message = message
        self.expected = expected

    def text(self, file):
        tail = f"; expected {self.expected}" if self.expected else ""
        return f"{file}:{self.line}: {self.message}{tail}"


class Map(dict):
    """A mapping; `line` is its own line, `lines[key]` the line of a key."""

    def __init__(self, line):
        super().__init__()
        self.line = line
        self.lines = {}


class List(list):
    """A sequence; `lines[i]` is the line of item i."""

    def __init__(self, line):
        super().__init__()
        self.line = line
        self.lines = []


def _convert(loader, node):
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        result = Map(line)
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise TableError(key_line, "a key is not a plain word", "a name")
            key = key_node.value
            if key in result:
                raise TableError(
                    key_line,
                    f"'{key}' is there twice (first in line {result.lines[key]})",
                    "each key once",
                )
            result[key] = _convert(loader, value_node)
            result.lines[key] = key_line
        return result
    if isinstance(node, yaml.SequenceNode):
        result = List(line)
        for item in node.value:
            result.append(_convert(loader, item))
            result.lines.append(item.start_mark.line + 1)
        return result
    return loader.construct_object(node)


def load(path):
    """The table in file `path`, as Map, List, str, int and bool. Raises TableError."""
    with open(path, encoding="utf-8") as stream:
        loader = yaml.SafeLoader(stream)
        try:
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise TableError(1, "the file is not a mapping", "one section a codec")
            return _convert(loader, node)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise TableError(line, f"not YAML: {getattr(error, 'problem', error)}") from None
        finally:
            loader.dispose()
