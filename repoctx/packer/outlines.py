"""Make outlines of files when a budget asks for them, and keep them per content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from repoctx.decoding import decode
from repoctx.packer.examine import budget_line, readable, readable_data, size_in_utf8
from repoctx.packer.facts import DocumentFacts, Scope, fact_key
from repoctx.packer.index import Index
from repoctx.packer.languages import language_of
from repoctx.packer.render import format_named
from repoctx.packer.select import Level
from repoctx.packer.snapshot import Snapshot, SourceFile
from repoctx.packer.tokens import tokenizer
from repoctx.packer.views.data import has_data_name
from repoctx.packer.views.notebook import is_notebook, read_notebook

_AT_ONCE = 100  # outlines in memory

VERSION = 2
"""Part of the key of cached outlines: raise it when ``parse`` shows a file differently."""


@dataclass(frozen=True, slots=True)
class OutlineFacts:
    """The size of a file's outline as a document."""

    tokens: int
    bytes: int
    line: int
    """Tokens of the file's line in the manifest."""


class Outliner:
    """Outlines of one snapshot's files: cached ones at once, others by parsing the file."""

    def __init__(
        self,
        snapshot: Snapshot,
        index: Index,
        scope: Scope,
        facts: Mapping[str, DocumentFacts],
        checkpoint: Callable[[], None] | None = None,
    ) -> None:
        """``checkpoint`` is called before outlines are looked for; what it raises ends that."""
        self._snapshot = snapshot
        self._index = index
        self._scope = scope
        self._facts = facts
        self._checkpoint = checkpoint
        self._kind = f"outline:{VERSION}:{scope.kind}"
        self._known: dict[str, OutlineFacts | None] = {}

    def costs(self, paths: Sequence[str]) -> dict[str, int | None]:
        """Return the tokens of each outline and its manifest line; None where there is none."""
        if self._checkpoint is not None:
            self._checkpoint()
        files = self._snapshot.by_path
        for start in range(0, len(paths), _AT_ONCE):
            self._learn([files[path] for path in paths[start : start + _AT_ONCE]])
        return {path: self._cost(path) for path in paths}

    def _learn(self, files: Sequence[SourceFile]) -> None:
        values = self._index.facts(self._kind, map(fact_key, files))
        missing = [file for file in files if fact_key(file) not in values]
        contents = self._snapshot.read_all(missing)
        made = {fact_key(file): self._make(file, content) for file, content in contents}
        self._index.remember(self._kind, made)
        values |= made
        self._known |= {file.path: _sizes(values[fact_key(file)]) for file in files}

    def known(self, path: str) -> OutlineFacts | None:
        """Return the size of an outline; None when its cost was not asked for or it has none."""
        return self._known.get(path)

    def was_made(self, path: str) -> bool:
        """True when the outline's cost was asked for."""
        return path in self._known

    def document(self, file: SourceFile) -> str:
        """Return the outline as a document."""
        key = fact_key(file)
        value = self._index.facts(self._kind, (key,)).get(key)
        if value is None:  # large data at its first reading, or another process emptied the cache
            value = self._make(file, self._snapshot.read(file))
            self._index.remember(self._kind, {key: value})
        text = value.partition(b"\n")[2].decode()
        return format_named(self._scope.format).document(file.path, Level.OUTLINE, text)

    def _cost(self, path: str) -> int | None:
        facts = self._known[path]
        return None if facts is None else facts.tokens + facts.line

    def _make(self, file: SourceFile, content: bytes) -> bytes:
        """Return the value kept in the index: sizes, a newline, the outline; or nothing."""
        text = self._outline(file, content)
        if not text:
            return b""
        facts = self._facts[file.path]
        form = format_named(self._scope.format)
        document = form.document(file.path, Level.OUTLINE, text)
        line = form.line(budget_line(file.path, Level.OUTLINE, facts.kind, facts.tokens))
        tokens, line_tokens = tokenizer(self._scope.encoding).count_many((document, line))
        return f"{tokens} {size_in_utf8(document)} {line_tokens}\n{text}".encode()

    def _outline(self, file: SourceFile, content: bytes) -> str:
        if self._facts[file.path].is_view or has_data_name(file.path, file.kind):
            return readable_data(file.path, content, self._scope.redaction)[0]
        from repoctx.packer import parse  # a tenth of a warm pack's imports, and rarely needed

        if is_notebook(file.path):
            return self._notebook(file, content)
        language = parse.language_of(file.path)
        if language is None:
            return ""
        text, _ = readable(file.path, content, self._scope.redaction)
        outline = parse.outline(language, text.encode("utf-8", "replace"))
        return "" if outline is None else parse.outline_text(outline)

    def _notebook(self, file: SourceFile, content: bytes) -> str:
        from repoctx.packer.views.notebook_outline import notebook_outline

        found = read_notebook(decode(content).text)
        text, _ = readable(file.path, content, self._scope.redaction)
        return "" if found is None else notebook_outline(found, text)


def may_have_outline(file: SourceFile | None) -> bool:
    """True when an outline of the file is worth asking for."""
    if file is None:
        return False
    return language_of(file.path) is not None or has_data_name(file.path, file.kind)


def _sizes(value: bytes) -> OutlineFacts | None:
    head = value.partition(b"\n")[0].split()
    return OutlineFacts(*map(int, head)) if len(head) == 3 else None
