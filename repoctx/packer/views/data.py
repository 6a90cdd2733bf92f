"""Show large data as what a person would look at first: its shape, its size, its first lines.

Everything takes linear time. The structure is that of the first ``SCANNED`` bytes; rows are
counted to the end. Contents are hostile: no parser that recurses or expands entities is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from repoctx.decoding import Text, decode
from repoctx.packer.kinds import Kind, data_suffix
from repoctx.packer.views.json_shape import json_shape
from repoctx.packer.views.notebook import is_notebook, read_notebook
from repoctx.packer.views.table import table_lines
from repoctx.packer.views.tree_lines import counted, short, tree_lines
from repoctx.packer.views.xml_shape import xml_shape

VERSION = 1
"""Part of the keys of what is cached about data: raise it when its view changes."""

SCANNED = 1 << 19
"""Bytes whose structure is described: at most 0.3 CPU-s, when each one is a token of JSON."""

_HEAD_LINES = 20
_HEAD_CHARACTERS = 2000
_RECORDS = 50  # of JSON lines, whose shapes are merged

_UNLIKELY = (Kind.SOURCE, Kind.LOCK, Kind.MINIFIED)
_PROSE = frozenset({"txt", "po", "pot"})  # in a folder of documentation people wrote it
_YAML_FOLDERS = re.compile(
    r"(?:^|/)(?:cassettes?|data|datasets?|fixtures?|recordings?|snapshots?|test-?_?data)/"
)
_END = b"\n"
_INSERTS = re.compile(rb"^(?:INSERT[ \t]+INTO\b|[ \t]*\().*", re.IGNORECASE | re.MULTILINE)
_TABLE = re.compile(r"^INSERT[ \t]+INTO[ \t]+([^\s(]{1,100})", re.IGNORECASE | re.MULTILINE)
_YAML_KEY = re.compile(r"^(?:- )?([^\s#:\-][^:\n]{0,80}):(?=\s)", re.MULTILINE)


def has_data_name(path: str, kind: Kind) -> bool:
    """True when the file is data by its path and the kind that this suggests."""
    suffix = data_suffix(path)
    if suffix in ("yaml", "yml"):
        return _YAML_FOLDERS.search(path) is not None
    if kind is Kind.BINARY:
        return True
    return bool(suffix) and kind not in _UNLIKELY and not (kind is Kind.DOCS and suffix in _PROSE)


def is_data(path: str, kind: Kind, content: bytes) -> bool:
    """True when a text is data: by its name, or as a dump of rows; also a broken notebook."""
    if path.lower().endswith(".sql"):
        return _is_dump(content)
    if is_notebook(path):
        return read_notebook(decode(content).text) is None
    return has_data_name(path, kind)


def data_note(size: int) -> str:
    """Return why the data is not shown in full."""
    return f"data, {size:,} bytes: head and shape"


def data_view(path: str, content: bytes) -> str:
    """Return the shape, the size and the first lines of a text that is data."""
    size, head = len(content), beginning(content, SCANNED)
    if head.encoding.startswith(("utf-16", "utf-32")):  # so that a line ends in one byte
        content, head = head.text.encode(), Text(head.text, "utf-8")
    describe = _VIEWS.get(data_suffix(path) or path.rpartition(".")[2].lower(), _lines)
    form, what, lines = describe(path, content, head)
    part = f", the first {SCANNED:,} of them" if describe in _SCANNERS and size > SCANNED else ""
    return "\n".join((f"{form}, {size:,} bytes{part}: {what}", *lines, _first(head.text)))


def beginning(content: bytes, size: int) -> Text:
    """Return the text of the first bytes, at most ``size``, cut after a line or a character."""
    if len(content) <= size or content.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return decode(content)
    head = content[:size]
    line = head.rfind(b"\n") + 1
    return decode(head[: line or _whole_characters(head)])


def _whole_characters(head: bytes) -> int:
    """Return the length without a UTF-8 character that is cut off."""
    for back in range(1, 4):
        byte = head[-back]
        if byte >= 0xC0:
            return len(head) - back
        if byte < 0x80:
            break
    return len(head)


def _first(text: str) -> str:
    """Return the first lines exactly as they are."""
    lines = text.split("\n", _HEAD_LINES)[:_HEAD_LINES]
    head = "\n".join(lines)
    if len(head) > _HEAD_CHARACTERS:
        return f"first {_HEAD_CHARACTERS:,} characters:\n{head[:_HEAD_CHARACTERS]}"
    return f"first {counted(len(lines), 'line')}:\n{head}"


_Described = tuple[str, str, list[str]]
"""The data's form, what and how much there is, and lines about its parts."""


def _table(path: str, content: bytes, head: Text) -> _Described:
    tabs = "\t" if path.lower().endswith((".tsv", ".tab")) else ""
    size, lines = table_lines(content, head.encoding, tabs)
    return "tsv" if tabs else "csv", size, lines


def _json(path: str, content: bytes, head: Text) -> _Described:
    shape = json_shape(head.text)
    return "json", shape.says(), tree_lines(shape)


def _records(path: str, content: bytes, head: Text) -> _Described:
    lines = [line for line in head.text.split("\n")[:_RECORDS] if line.strip()]
    each = json_shape(f"[{','.join(lines)}]").item
    size = _count_lines(content)
    if each is None:
        return "jsonl", size, []
    return "jsonl", f"{size}, each {each.says()}", tree_lines(each)


def _xml(path: str, content: bytes, head: Text) -> _Described:
    top = xml_shape(head.text)
    names = ", ".join(map(short, top.inside)) or "no element"
    return path.rpartition(".")[2].lower(), names, tree_lines(top)


def _yaml(path: str, content: bytes, head: Text) -> _Described:
    keys = list(dict.fromkeys(_YAML_KEY.findall(head.text)))
    more = ["  …"] if len(keys) > _HEAD_LINES else []
    return "yaml", _count_lines(content), [f"  {k}:" for k in keys[:_HEAD_LINES]] + more


def _dump(path: str, content: bytes, head: Text) -> _Described:
    tables = dict.fromkeys(_TABLE.findall(head.text))
    names = ", ".join(list(tables)[:_HEAD_LINES])
    return "sql", _count_lines(content), [f"  INSERT INTO {names}"] if names else []


def _lines(path: str, content: bytes, head: Text) -> _Described:
    return "text", _count_lines(content), []


def _count_lines(content: bytes) -> str:
    ends = content.count(_END)
    return counted(ends if content.endswith(_END) else ends + 1, "line")


def _is_dump(content: bytes) -> bool:
    """True when rows to insert are more than half of the text, as far as it is scanned."""
    head = content[:SCANNED]
    return 2 * sum(len(match.group()) for match in _INSERTS.finditer(head)) > len(head)


_Describe = Callable[[str, bytes, Text], _Described]
_VIEWS: dict[str, _Describe] = {
    **dict.fromkeys(("csv", "tsv", "tab"), _table),
    **dict.fromkeys(("json", "json5", "geojson", "har", "ipynb"), _json),
    **dict.fromkeys(("jsonl", "ndjson"), _records),
    **dict.fromkeys(("xml", "svg"), _xml),
    **dict.fromkeys(("yaml", "yml"), _yaml),
    "sql": _dump,
}
_SCANNERS = (_json, _xml)
