"""Put base, updates and the present together: what to send now, and what to remember of it.

``prepare`` decides and writes nothing that others see; ``Prepared.sent`` makes it true once all of
it has left this machine. So a request that fails half way leaves the ledger as it was. Two
processes may ask at once: the one that ends later finds another update in its place and drops its
own, which costs the next question those few tokens again and is never wrong.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from repoctx.packer.ledger.base import BaseFile, escaped, open_base, write_base
from repoctx.packer.ledger.economy import Economy, is_rebase_due
from repoctx.packer.ledger.prepared import Outlook, Prepared, Segment, Standing
from repoctx.packer.ledger.store import Base, Store, Update, Version
from repoctx.packer.ledger.updates import write_update
from repoctx.packer.ledger.versions import changes
from repoctx.packer.pack import Pack
from repoctx.packer.tokens import tokenizer


class Ledger:
    """What a repository's models have been shown; a context manager. One thread at a time."""

    def __init__(self, state: Path) -> None:
        self._store = Store(state)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def prepare(
        self,
        line: str,
        pack: Pack,
        economy: Economy,
        destination: str,
        *,
        room: int | None = None,
        at: float | None = None,
    ) -> Prepared:
        """Return what to send so that the model knows the repository as the pack has it.

        ``line`` names everything that decides how a pack looks; ``room`` is the most tokens that
        may be sent. Raises RepoctxError when a file changes meanwhile or the disk is full.
        """
        now = time.time() if at is None else at
        self._store.sweep()
        with self._store.reading():
            kept = self._kept(line, pack)
            reason = "first"
            if kept is not None:
                warm = kept.warm(destination, economy, now)
                reason = _reason(kept, economy, warm, room)
                if not reason:
                    return kept.prepared(warm)
                kept.close()
        return self._rebased(line, pack, reason)

    def outlook(
        self,
        line: str,
        pack: Pack,
        economy: Economy,
        destination: str,
        *,
        room: int | None = None,
        at: float | None = None,
    ) -> Outlook:
        """Return what ``prepare`` would send; writes nothing and renders no new base."""
        with self._store.reading():
            kept = self._kept(line, pack)
            if kept is None:
                return Outlook(pack.tokens, 0, 0, 0, "first")
            try:
                warm = kept.warm(destination, economy, time.time() if at is None else at)
                if reason := _reason(kept, economy, warm, room):
                    return Outlook(pack.tokens, 0, 0, 0, reason)
                return kept.prepared(warm).outlook
            finally:
                kept.close()

    def repeated(self, line: str, destination: str) -> Prepared | None:
        """Return what a destination has been sent, to be sent again as it is; None for nothing."""
        with self._store.reading():
            opened = self._opened(line)
            if opened is None:
                return None
            base, file = opened
            number, _ = self._store.destinations(base.id).get(destination, (-1, 0.0))
            if number < 0:
                file.close()
                return None
            updates = self._store.updates(base.id)[:number]
        first = Segment(file.text, file.escaped, base.escaped, base.tokens)

        def commit(destination: str, at: float) -> None:
            self._store.note_sent(base.id, destination, number, at, 0)

        segments = (first, *map(_segment, updates))
        tokens = sum(segment.tokens for segment in segments)
        return Prepared(segments, tokens, "", tokens, commit, file.close)

    def _kept(self, line: str, pack: Pack) -> _Kept | None:
        opened = self._opened(line)
        return _Kept(self._store, *opened, pack) if opened else None

    def _opened(self, line: str) -> tuple[Base, BaseFile] | None:
        """Return the base of a line, open; None when there is none."""
        base = self._store.base(line)
        if base is None:
            return None
        try:
            return base, open_base(self._store.folder / base.file)
        except OSError:  # another process has just replaced it
            return None

    def forget(self, line: str) -> None:
        """Make the next question start a new base."""
        self._store.forget(line)

    def standing(self, line: str) -> Standing | None:
        """Return the sizes of what is kept; None when there is no base."""
        base = self._store.base(line)
        if base is None:
            return None
        updates = self._store.updates(base.id)
        return Standing(
            base=base.tokens,
            updates=len(updates),
            update_tokens=sum(update.tokens for update in updates),
            destinations=self._store.destinations(base.id),
        )

    def _rebased(self, line: str, pack: Pack, reason: str) -> Prepared:
        file, versions, size = write_base(pack, self._store.folder)
        base = Base(0, file.path.name, pack.tokens, file.size, size, overhead=0)
        kept = False

        def commit(destination: str, at: float) -> None:
            nonlocal kept
            file.sync()  # or after a power cut a row could name a file without its text
            added = self._store.add_base(line, base, versions)
            kept = True
            self._store.note_sent(added, destination, 0, at, 0)

        def release() -> None:
            file.close()
            if not kept:
                with suppress(OSError):
                    file.path.unlink()

        segment = Segment(file.text, file.escaped, size, pack.tokens)
        return Prepared((segment,), 0, reason, pack.tokens, commit, release)


def _reason(kept: _Kept, economy: Economy, warm: int, room: int | None) -> str:
    if room is not None and kept.tokens > room:
        return "the updates no longer fit beside the base"
    due = is_rebase_due(
        economy,
        base=kept.base.tokens,
        updates=kept.tokens - kept.base.tokens,
        fresh=kept.pack.tokens,
        overhead=kept.base.overhead,
        warm=warm > 0,
    )
    return "a new base is cheaper" if due else ""


class _Kept:
    """An old base with its updates, and the one that is needed now."""

    def __init__(self, store: Store, base: Base, file: BaseFile, pack: Pack) -> None:
        self.base = base
        self.pack = pack
        self._store = store
        self._file = file
        self._shown = store.shown(base.id)
        self._updates = store.updates(base.id)
        self._versions: list[Version] = []
        self._gone: tuple[str, ...] = ()
        try:
            self._new = self._update()
        except BaseException:
            self.close()
            raise

    @property
    def tokens(self) -> int:
        """Of base and updates, the new one included."""
        new = self._new.tokens if self._new else 0
        return self.base.tokens + sum(update.tokens for update in self._updates) + new

    def warm(self, destination: str, economy: Economy, now: float) -> int:
        """Return the tokens at the beginning that are cached at the destination."""
        number, at = self._store.destinations(self.base.id).get(destination, (-1, 0.0))
        if number < 0 or not 0 <= now - at <= economy.lifetime:
            return 0
        return self.base.tokens + sum(update.tokens for update in self._updates[:number])

    def prepared(self, cached: int) -> Prepared:
        updates = [*self._updates, *([self._new] if self._new else [])]
        base = Segment(self._file.text, self._file.escaped, self.base.escaped, self.base.tokens)
        return Prepared(
            (base, *map(_segment, updates)),
            cached,
            "",
            self.pack.tokens,
            self._commit,
            self._file.close,
        )

    def close(self) -> None:
        self._file.close()

    def seen(self, path: str, version: str) -> int | None:
        found = self._store.version(self.base.id, path, version)
        return found[0] if found else None

    def text(self, path: str, version: str) -> str | None:
        found = self._store.version(self.base.id, path, version)
        if found is None:
            return None
        _, shown = found
        return shown.text if shown.text is not None else self._file.part(shown.start, shown.length)

    def _update(self) -> Update | None:
        found = changes(self._shown, self.pack.documents)
        if found.is_empty:
            return None
        written = write_update(len(self._updates) + 1, found, self._shown, self.pack, self)
        self._versions, self._gone = written.versions, found.gone
        return Update(written.text, tokenizer(self.pack.encoding).count(written.text))

    def _commit(self, destination: str, at: float) -> None:
        number = len(self._updates)
        if self._new is not None:
            number += 1
            if not self._store.add_update(self.base, number, self._new, self._versions, self._gone):
                return
        surplus = self.tokens - self.pack.tokens
        self._store.note_sent(self.base.id, destination, number, at, surplus)


def _segment(update: Update) -> Segment:
    """Return the update as it is sent; escaped anew each time, or it would be held twice."""
    text = update.text
    size = len(escaped(text))
    return Segment(lambda: iter((text,)), lambda: iter((escaped(text),)), size, update.tokens)
