"""One repository, one server that may fail, and what must hold after each question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from repoctx.decoding import decode, is_binary
from repoctx.events import Event
from repoctx.packer.ledger.base import open_base
from repoctx.packer.ledger.store import Store
from repoctx.session import Question, Session, accept_all, open_session
from tests.packer.ledger.conftest import Reader, Texts

QUESTION = "What is it?"
_UPDATE = re.compile(r'(?m)(?=^<update number="\d+">$)')


class Asking:
    """Asks a server about a repository, and compares what both know afterwards."""

    def __init__(self, root: Path, server: Any, **settings: Any) -> None:
        self.root = root
        self.server = server
        given = {"backend": "openai", "model": "m", "base_url": server.url, "retries": 0}
        self.session: Session = open_session(root, **(given | settings))

    @property
    def state(self) -> Path:
        return self.session.project.state

    def ask(self, most: int | None = None) -> list[Event]:
        """Ask, ready to apply what comes; with ``most``, leave after so many events."""
        events = self.session.ask(Question(QUESTION, review=accept_all))
        taken = list(islice(events, most))
        events.close()  # type: ignore[attr-defined]
        return taken

    def check(self) -> None:
        """The ledger holds no more than the server has had, and no file that no base names."""
        had = any(context.startswith(self.kept()) for context in [*self.contexts(), ""])
        assert had, "it holds more than the server has had"
        with closing(Store(self.state)) as store:
            found = {file.name for file in store.folder.iterdir()}
            named = {name for (name,) in store._connection.execute("SELECT file FROM bases")}
        assert found == named, f"there are {found}, and named are {named}"

    def kept(self) -> str:
        """What the ledger holds: base and updates."""
        with closing(Store(self.state)) as store:
            rows = store._connection.execute("SELECT id, file FROM bases").fetchall()
            assert len(rows) <= 1, "these tests ask in one way"
            for base, name in rows:
                file = open_base(store.folder / name)
                updates = [update.text for update in store.updates(base)]
                try:
                    return "".join([*file.text(), *updates])
                finally:
                    file.close()
        return ""

    def contexts(self) -> list[str]:
        """What the server has had of the repository, request by request."""
        return [context_of(seen.json) for seen in self.server.requests]

    def told(self, back: int = 1) -> Texts:
        """The repository as the last request tells it, or one further ``back``."""
        return Reader().read(_UPDATE.split(self.contexts()[-back]))


def context_of(body: Any) -> str:
    """Return the repository's text of a request."""
    content = body["messages"][1]["content"]
    text = content if isinstance(content, str) else "".join(part["text"] for part in content)
    return text.removesuffix(f"\n{QUESTION}\n")


def on_disk(root: Path) -> Texts:
    """Return the text of each file, as a model should know it."""
    return dict(_texts(root))


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(".git/") and not is_binary(path.read_bytes()):
            yield name, decode(path.read_bytes()).text
