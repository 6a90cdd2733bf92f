"""The vocabulary of a running question: what happened, as plain values.

The command line, the TUI and editors all draw this one stream. Every event is a frozen dataclass
of plain fields, so ``to_json`` needs no schema beside the class itself. A failure is an event too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

SCHEMA = "repoctx.event/1"


@dataclass(frozen=True, slots=True)
class Packed:
    """The repository was packed into a context."""

    files: int
    tokens: int
    bytes: int
    encoding: str
    """The tokenizer that counted, ``o200k_base`` for example; a trailing ``~`` says estimated."""
    levels: dict[str, int]
    """Number of files at each level: full, outline, name, omitted."""
    redacted: int = 0
    """Secrets replaced by placeholders; they are not sent."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """What the request will send and cost, said before it is sent."""

    backend: str
    model: str
    endpoint: str
    """Where the bytes go: a URL, a command, or ``this machine``."""
    input_tokens: int
    window: int | None
    """The model's context window in tokens; None when it is not known."""
    cost_low: float | None
    """US dollars if what is probably cached is, without an answer; None for an unknown price."""
    cost_high: float | None
    """US dollars if nothing is cached, with the whole output allowance used."""
    note: str = ""
    cached_tokens: int = 0
    """Of the input, what is probably cached there: it was sent within the cache's lifetime."""
    base_tokens: int = 0
    """Of the input, the repository as it was first sent; then come the updates."""
    update_tokens: int = 0
    updates: int = 0
    """Their number."""
    question_tokens: int = 0
    """Of the input, all that is not the repository: instructions, conversation, question."""
    rebased: str = ""
    """Why the repository is sent anew; empty when what was sent before is repeated."""
    answer_tokens: int = 0
    """The output allowance that ``cost_high`` counts with."""
    answer_cost: float | None = None
    """Of ``cost_high``, the price of that allowance."""
    first_token_seconds: float | None = None
    """Expected until the first piece of the answer; None before any run there."""
    calls: int = 1
    """Requests that the figures are the sum of."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A stage advanced: packing, uploading, waiting, checking, searching for a repair."""

    stage: str
    done: int
    total: int | None
    """In ``unit``; None when nobody knows."""
    unit: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FirstToken:
    """The first piece of the answer arrived."""

    seconds: float
    """Since the request was sent."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer, raw: escape it before a terminal sees it."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What the backend says it billed, in tokens; ``input`` includes cached and written."""

    input: int
    output: int
    cached: int = 0
    written: int = 0
    cost: float | None = None
    """US dollars at the price table's rates; None when the price is not known."""
    reported: bool = True
    """False when the server sent no usage and these are our own counts."""
    written_1h: int = 0
    """Of ``written``, what is kept for an hour, which may have a price of its own."""
    expected: float | None = None
    """US dollars that the estimate comes to with an answer of this length."""
    saved: float | None = None
    """US dollars that the cache saved: reading from it less what writing to it cost beyond."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What requests have cost so far, this one included, in US dollars."""

    session: float
    """All of this conversation's."""
    month: float
    """All of the calendar month's, in every repository."""
    unpriced: int = 0
    """Requests of the month whose price is not known, and which the sums lack."""


@dataclass(frozen=True, slots=True)
class EditProposed:
    """One file of the planned change, not yet written."""

    path: str
    kind: Literal["create", "edit", "delete", "rename", "mode"]
    added: int
    removed: int
    diff: str
    flags: tuple[str, ...] = ()
    """Reasons for care: executable bit, hook, CI or editor configuration, symbolic link."""
    old_path: str | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit that does not fit; while there is one, nothing is applied."""

    path: str
    reason: str
    hint: str
    detail: str = ""
    """Several lines: the edit's text beside what is nearest to it in the file."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The reviewed change is on disk."""

    entry: str
    """The history entry's id, for ``repoctx undo``."""
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """The change, or its part in one repository, is a commit of git's."""

    commit: str
    """Its id."""
    files: tuple[str, ...]
    """As the change names them."""
    message: str
    repository: str
    """The top of the working tree, as an absolute path."""
    branch: str
    """Empty when HEAD is detached."""
    skipped: tuple[str, ...] = ()
    """Hooks that did not run, and ``signature``."""
    altered: tuple[str, ...] = ()
    """Files that are not as reviewed, in the commit or on disk: a hook changed or added them."""


@dataclass(frozen=True, slots=True)
class CheckRan:
    """The check command ended."""

    command: str
    exit_code: int
    seconds: float
    output: str
    """The last part of its standard output and error, together."""
    round: int = 0
    """0 before any change, then the number of the try."""

    @property
    def passed(self) -> bool:
        """True when the command exited with 0."""
        return self.exit_code == 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person should know, in one line."""

    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of the stream when nothing failed."""

    status: Literal["answered", "applied", "dry-run", "rejected", "conflict", "check-failed"]
    exit_code: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The end of the stream when something failed."""

    message: str
    hint: str
    exit_code: int


Event: TypeAlias = (
    Packed
    | Estimated
    | Progress
    | FirstToken
    | TextDelta
    | Usage
    | Spent
    | EditProposed
    | Conflict
    | Applied
    | Committed
    | CheckRan
    | Notice
    | Finished
    | Failed
)


def to_json(event: Event) -> dict[str, Any]:
    """Return the event as a JSON object: ``schema``, ``event`` (the kind), then its fields.

    Surrogates that stand for undecodable bytes are kept; ``json.dumps`` escapes them.
    """
    return {"schema": SCHEMA, "event": _kind(type(event).__name__)} | asdict(event)


def _kind(class_name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in class_name).lstrip("_")
