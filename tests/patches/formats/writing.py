"""Write edits in every format: what the laws read back, and where each format has no words.

A strategy draws a reply and the edits that were written into it. Names and lines are as odd as the
format can say; what it cannot say at all is stated beside each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from repoctx.patches.edits import FileEdit
from repoctx.patches.formats import patch_envelope, search_replace
from tests.patches.formats.odd import LINES, ODD, ODD_LINES, PLAIN, QUOTED


@dataclass(frozen=True)
class Wanted:
    """What was written, as far as every format says it."""

    path: str
    action: str
    changes: tuple[tuple[str, str], ...] = ()
    content: str | None = None
    new_path: str = ""
    final_newline: bool | None = None


def read(edit: FileEdit) -> Wanted:
    """Return what was read, to be compared with what was written."""
    said = [change.final_newline for change in edit.replacements]
    return Wanted(
        edit.path,
        edit.action,
        tuple((change.search, change.replace) for change in edit.replacements),
        edit.content,
        edit.new_path,
        said[-1] if said else None,
    )


@dataclass(frozen=True)
class Written:
    """A reply and what it asks for."""

    text: str
    edits: tuple[Wanted, ...]


Replies = st.SearchStrategy[Written]


def joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


# SEARCH/REPLACE: whole lines, and no lines that are all numbered, as Roo numbers them


@st.composite
def search_replaces(draw: st.DrawFn) -> Written:
    text, edits = "", []
    for _ in range(draw(st.integers(1, 3))):
        path, fence = draw(PLAIN | ODD), draw(st.sampled_from(["", "```", "````python"]))
        old, new = draw(LINES.filter(_is_not_numbered)), draw(LINES)
        head, tail = draw(st.sampled_from([("<" * 7, ">" * 7), ("-" * 7, "+" * 7)]))
        body = f"{head} SEARCH\n{_escaped(old)}=======\n{_escaped(new)}{tail} REPLACE\n"
        closing = re.match("`*", fence)
        frame = f"{fence}\n{body}{closing[0]}\n" if closing and fence else body
        text += f"{_named(path)}\n{frame}\n"
        edits.append(Wanted(path, "edit", ((joined(old), joined(new)),)))
    return Written(text, tuple(edits))


def _is_not_numbered(lines: Sequence[str]) -> bool:
    return not all(re.match(r" *\d+ \|", line) for line in lines) or not lines


def _named(path: str) -> str:
    return f"`{path}`" if " " in path else path


def _escaped(lines: Sequence[str]) -> str:
    marker = re.compile(r"\\*(?:[<>=+-]{3,20}(?: SEARCH| REPLACE)?>?\s*$|:(?:start|end)_line:)")
    return joined([f"\\{line}" if marker.match(line) else line for line in lines])


# The patch envelope: names without a line's end or space around them


@st.composite
def patch_envelopes(draw: st.DrawFn) -> Written:
    sections, edits = "", []
    for _ in range(draw(st.integers(1, 3))):
        path = draw(PLAIN | ODD)
        kind = draw(st.sampled_from(["Add", "Update", "Delete", "Move"]))
        if kind == "Add":
            lines = draw(LINES)
            sections += f"*** Add File: {path}\n" + joined([f"+{line}" for line in lines])
            edits.append(Wanted(path, "create", content=joined(lines)))
        elif kind == "Delete":
            sections += f"*** Delete File: {path}\n"
            edits.append(Wanted(path, "delete"))
        else:
            move = f"*** Move to: new/{path}\n" if kind == "Move" else ""
            chunks = draw(st.lists(hunks(), min_size=0 if move else 1, max_size=3))
            body = "".join(f"@@\n{joined(chunk.signed)}" for chunk in chunks)
            sections += f"*** Update File: {path}\n{move}{body}"
            changes = tuple((joined(c.old), joined(c.new)) for c in chunks)
            action, target = ("rename", f"new/{path}") if move else ("edit", "")
            edits.append(Wanted(path, action, changes, new_path=target))
    patch = f"*** Begin Patch\n{sections}*** End Patch\n"
    return Written(
        draw(st.sampled_from(["{}", "```\n{}```\n"])).format(patch) if "{" not in patch else patch,
        tuple(edits),
    )


@dataclass(frozen=True)
class Hunk:
    """Lines of a file, those that stay among them."""

    signed: tuple[str, ...]

    @property
    def old(self) -> list[str]:
        return [line[1:] for line in self.signed if line[0] != "+"]

    @property
    def new(self) -> list[str]:
        return [line[1:] for line in self.signed if line[0] != "-"]


def hunks() -> st.SearchStrategy[Hunk]:
    return (
        st.lists(
            st.tuples(st.sampled_from(" +-"), st.sampled_from(ODD_LINES)), min_size=1, max_size=6
        )
        .map(lambda lines: Hunk(tuple(sign + line for sign, line in lines)))
        .filter(lambda hunk: hunk.old != hunk.new)
    )


# Unified diffs, with right numbers: so git writes them, and everything can be said


@st.composite
def unified_diffs(draw: st.DrawFn, *, fenced: bool | None = None) -> Written:
    text, edits = "", []
    for _ in range(draw(st.integers(1, 3))):
        section, edit = draw(_sections())
        text += section
        edits.append(edit)
    in_block = draw(st.booleans()) if fenced is None else fenced
    return Written(f"```diff\n{text}```\n" if in_block else text, tuple(edits))


@st.composite
def _sections(draw: st.DrawFn) -> tuple[str, Wanted]:
    path = draw(PLAIN | ODD | QUOTED)
    kind = draw(st.sampled_from(["edit", "create", "delete", "rename"]))
    old_name, new_name = quoted(f"a/{path}"), quoted(f"b/{path}")
    head = f"diff --git {old_name} {new_name}\n"
    if kind == "rename":
        target = draw(PLAIN | ODD | QUOTED) + "2"
        moved = f"rename from {quoted(path)}\nrename to {quoted(target)}\n"
        head = f"diff --git {old_name} {quoted('b/' + target)}\nsimilarity index 100%\n{moved}"
        return head, Wanted(path, "rename", new_path=target)
    if kind == "edit":
        found = draw(st.lists(hunks().filter(lambda hunk: bool(hunk.old)), min_size=1, max_size=2))
        body = "".join(f"{_numbers(hunk)}\n{joined(hunk.signed)}" for hunk in found)
        changes = tuple((joined(hunk.old), joined(hunk.new)) for hunk in found)
        names = f"--- {_ended(old_name)}\n+++ {_ended(new_name)}\n"
        return head + names + body, Wanted(path, "edit", changes)
    sign = "+" if kind == "create" else "-"
    lines, ends = draw(LINES), draw(st.booleans())
    ends = ends or "".join(lines[-1:]).endswith("\r")  # else a reply in Windows' lines is meant
    hunk = Hunk(tuple(sign + line for line in lines))
    marker = "" if ends else "\\ No newline at end of file\n"
    names = (
        f"new file mode 100644\n--- /dev/null\n+++ {_ended(new_name)}\n"
        if kind == "create"
        else f"deleted file mode 100644\n--- {_ended(old_name)}\n+++ /dev/null\n"
    )
    body = f"{names}{_numbers(hunk)}\n{joined(hunk.signed)}{marker}" if lines else names
    if kind == "create":
        content = joined(lines)
        return head + body, Wanted(
            path, "create", content=content if ends or not lines else content[:-1]
        )
    changes = ((joined(lines), ""),) if lines else ()
    return head + body, Wanted(
        path, "delete", changes, final_newline=None if ends or not lines else True
    )


def _numbers(hunk: Hunk) -> str:
    old, new = len(hunk.old), len(hunk.new)
    return f"@@ -{int(old > 0)},{old} +{int(new > 0)},{new} @@"


def _ended(name: str) -> str:
    return f"{name}\t" if " " in name else name


def quoted(name: str) -> str:
    """Quote a name as git does."""
    if not re.search('[\\x00-\\x1f"\\\\\\x7f\\udc80-\\udcff]', name):
        return name
    special = {"\t": "\\t", "\n": "\\n", '"': '\\"', "\\": "\\\\"}
    escaped = (
        special.get(c)
        or (f"\\{ord(c) & 0xFF:03o}" if c < " " or c == "\x7f" or "\udc80" <= c <= "\udcff" else c)
        for c in name
    )
    return f'"{"".join(escaped)}"'


# Whole files: no file whose lines begin another format's edit, which takes them


@st.composite
def whole_files(draw: st.DrawFn) -> Written:
    text, edits = "", []
    paths = draw(st.lists(PLAIN | ODD, min_size=1, max_size=3, unique=True))
    for path in paths:
        lines = draw(LINES.filter(_is_no_other_edit))
        longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
        fence = "`" * max(4, longest + 1)
        text += f"{_named(path)}\n{fence}\n{joined(lines)}{fence}\n\n"
        edits.append(Wanted(path, "write", content=joined(lines)))
    return Written(text, tuple(edits))


def _is_no_other_edit(lines: Sequence[str]) -> bool:
    if any(map(search_replace.opens, lines)):
        return False
    first = next((line for line in lines if line.strip()), "")
    return not patch_envelope.opens(first) and not first.startswith(("--- ", "diff --git ", "@@ "))


# JSON: everything can be said


@st.composite
def json_edits(draw: st.DrawFn) -> Written:
    calls, edits = [], []
    for _ in range(draw(st.integers(1, 3))):
        path = draw(PLAIN | ODD | QUOTED)
        kind = draw(st.sampled_from(["edit", "write", "delete", "rename"]))
        said: dict[str, object] = {"file_path": path}
        if kind == "edit":
            old, new = joined(draw(LINES)), joined(draw(LINES)) + draw(st.text(max_size=3))
            said |= {"old_string": old, "new_string": new}
            edits.append(Wanted(path, kind, ((old, new),)))
        elif kind == "write":
            content = joined(draw(LINES))
            said |= {"content": content}
            edits.append(Wanted(path, kind, content=content))
        else:
            said |= {"delete": True} if kind == "delete" else {"rename_to": f"{path}2"}
            edits.append(Wanted(path, kind, new_path="" if kind == "delete" else f"{path}2"))
        calls.append(said)
    indent = draw(st.sampled_from([None, 2]))
    if draw(st.booleans()):
        return Written(f"```json\n{json.dumps(calls, indent=indent)}\n```\n", tuple(edits))
    return Written("".join(f"{json.dumps(call, indent=indent)}\n" for call in calls), tuple(edits))


FORMATS: dict[str, Callable[[], Replies]] = {
    "search_replace": search_replaces,
    "patch_envelope": patch_envelopes,
    "unified_diff": unified_diffs,
    "whole_file": whole_files,
    "json_edits": json_edits,
}


def replies() -> Replies:
    """A reply in any format."""
    return st.one_of([write() for write in FORMATS.values()])


def delimited() -> Replies:
    """A reply in any format, whose end says that it is one."""
    others = [write() for name, write in FORMATS.items() if name != "unified_diff"]
    return st.one_of([*others, unified_diffs(fenced=True)])
