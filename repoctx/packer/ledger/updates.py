r"""Say how files changed since the model saw them: the smallest true statement for each.

    <update number="1">
    <deleted>src/old.py</deleted>
    <renamed><from>a.py</from><to>b.py</to></renamed>
    <restored number="0"><source>c.py</source></restored>
    <change>
    <source>d.py</source>
    <diff>
    @@ -1,3 +1,3 @@
    …
    </diff>
    </change>
    <document>…</document>
    - logo.png: name; binary, PNG image, 812 bytes
    </update>

``restored`` is a text that an earlier update, or the first documents (0), showed: a reverted edit
or a branch that comes back costs a line. A ``diff`` is of the document's own text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, Protocol

from repoctx.linediff import unified
from repoctx.packer.ledger.store import Version
from repoctx.packer.ledger.versions import FULL, Changes, version_of
from repoctx.packer.manifest import Document, line_of
from repoctx.packer.pack import Pack
from repoctx.packer.render import format_named, quoted
from repoctx.packer.select import Level


class Past(Protocol):
    """What the model was shown before."""

    def seen(self, path: str, version: str) -> int | None:
        """Return the number of the update that showed this version (0: the base), or None."""

    def text(self, path: str, version: str) -> str | None:
        """Return the text of a version that was shown in full."""


class Written(NamedTuple):
    """An update and what it shows."""

    text: str
    versions: list[Version]


def write_update(
    number: int, found: Changes, shown: Mapping[str, str], pack: Pack, past: Past
) -> Written:
    """Return the update that turns ``shown`` into what the pack shows.

    Raises RepoctxError when a file changes while it is read.
    """
    renamed = _renames(found, shown)
    entries = [f"<deleted>{quoted(path)}</deleted>\n" for path in found.gone if path not in renamed]
    entries += [
        f"<renamed><from>{quoted(old)}</from><to>{quoted(new.path)}</to></renamed>\n"
        for old, new in renamed.items()
    ]
    moved = {document.path: old for old, document in renamed.items()}
    versions = []
    waiting = []
    for document in found.new:
        if document.path in moved:
            old = moved[document.path]
            text = past.text(old, shown[old])
            versions.append(Version(document.path, version_of(document), text=text))
        elif (
            document.shown and (seen := past.seen(document.path, version_of(document))) is not None
        ):
            entries.append(_restored(seen, document.path))
            versions.append(Version(document.path, version_of(document)))
        else:
            waiting.append(_as_shown_before(document, shown.get(document.path, "")))
    for document, parts in pack.rendered(waiting):
        entries.append(_entry(document, parts, past, shown.get(document.path, "")))
        body = parts[1] if len(parts) == 3 else None
        versions.append(Version(document.path, version_of(document), text=body))
    form = format_named(pack.format)
    for document in waiting:
        if not document.shown:
            entries.append(form.line(line_of(document)))
            versions.append(Version(document.path, version_of(document)))
    return Written(f'<update number="{number}">\n{"".join(entries)}</update>\n', versions)


def _renames(found: Changes, shown: Mapping[str, str]) -> dict[str, Document]:
    """Return the files whose content went with an old path: old path -> what came in its place."""
    by_content: dict[str, list[Document]] = {}
    for document in found.new:
        if document.level is Level.FULL and document.file and document.path not in shown:
            by_content.setdefault(document.file.blob, []).append(document)
    renames = {}
    for path in found.gone:
        version = shown[path]
        blob = version.removeprefix(FULL)[:-_PATH_DIGITS]
        if version.startswith(FULL) and by_content.get(blob):
            renames[path] = by_content[blob].pop(0)
    return renames


_PATH_DIGITS = 16
"""Of a fact's key: those that stand for path and mode, after the content's."""


def _as_shown_before(document: Document, version: str) -> Document:
    """Keep a file in full that was shown in full: a diff of it is cheaper than to show less."""
    facts = document.facts
    if not version.startswith(FULL) or facts is None or facts.note:
        return document
    return replace(document, level=Level.FULL, reason="", tokens=facts.tokens, bytes=facts.bytes)


def _seen(document: Document, past: Past) -> int | None:
    return past.seen(document.path, version_of(document)) if document.shown else None


def _restored(number: int, path: str) -> str:
    return f'<restored number="{number}"><source>{quoted(path)}</source></restored>\n'


def _entry(document: Document, parts: tuple[str, ...], past: Past, version: str) -> str:
    """Return the diff or the whole document, whichever is shorter."""
    whole = "".join(parts)
    before = past.text(document.path, version) if version.startswith(FULL) else None
    if before is None or len(parts) != 3:
        return whole
    diff = "".join(unified(before, parts[1]))
    tag = _free_tag(diff)
    change = (
        f"<change>\n<source>{quoted(document.path)}</source>\n<{tag}>\n{diff}</{tag}>\n</change>\n"
    )
    return change if len(change) < len(whole) else whole


def _free_tag(diff: str) -> str:
    number = 1
    while f"</diff{'' if number == 1 else f'_{number}'}>" in diff:
        number += 1
    return "diff" if number == 1 else f"diff_{number}"
