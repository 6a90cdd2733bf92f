"""Read the ``*** Begin Patch`` envelope of OpenAI's models."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from repoctx.patches.edits import FileEdit, Replacement
from repoctx.patches.formats.block import Opening, Outcome, Step, problem, truncated

NAME = "patch_envelope"

_BEGIN = "*** Begin Patch"
_END = "*** End Patch"
_END_OF_FILE = "*** End of File"
_FILE = re.compile(r"\*\*\* (Add|Update|Delete) File: ?(.*)$")
_MOVE = re.compile(r"\*\*\* Move to: ?(.*)$")
_NUMBERS = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+\d{1,9}(?:,\d{1,9})? @@ ?(.*)$")

_HINT = "use *** Add File, *** Update File (with @@ and lines that begin with space, + or -)"


def opens(line: str) -> bool:
    """True for the first line of an envelope, or of a file's section when that is missing."""
    if "***" not in line:
        return False
    bare = line.strip()
    return bare == _BEGIN or (line.startswith("***") and _FILE.match(bare) is not None)


class PatchEnvelope:
    """All lines of an envelope, to its end marker or that of the code block around it."""

    def __init__(self, opening: Opening, first: str, *, in_one_line: bool = False) -> None:
        """Begin; ``in_one_line`` says that all of it stands in one line of the reply, as JSON."""
        self._opening = opening
        self._lines: list[str] = []
        self._in_update = False
        if first.strip() != _BEGIN:
            self._keep(first)
        self._step = 0 if in_one_line else 1
        self._number = opening.line + (0 if self._lines else self._step)

    def take(self, line: str) -> Step:
        """Take lines up to the end marker."""
        if "***" in line and line.strip() == _END and not self._is_context(line):
            return Step.DONE
        fence = self._opening.fence
        if fence and fence.ends_signed_lines(line):
            return Step.LEFT
        self._keep(line)
        return Step.MORE

    def _keep(self, line: str) -> None:
        self._lines.append(line)
        if match := _file_of(line, in_update=self._in_update):
            self._in_update = match[1] == "Update"

    def _is_context(self, line: str) -> bool:
        """True for a line of the file that reads like the patch's own: a space is before it."""
        return self._in_update and line.startswith(" ")

    def outcomes(self) -> list[Outcome]:
        """Return an edit for each file, or what is wrong with its section."""
        sections: list[_Section] = []
        for at, line in enumerate(self._lines):
            number = self._number + at * self._step
            bare = line.strip()
            in_update = bool(sections) and sections[-1].verb == "Update"
            if match := _file_of(line, in_update=in_update):
                sections.append(_Section(self._opening, number, match[1], match[2].strip()))
            elif sections:
                sections[-1].lines.append(line)
            elif bare:
                return [problem(self._opening, f"not part of a patch: {bare[:80]}", _HINT)]
        if not sections:
            return [problem(self._opening, "the patch is empty", _HINT)]
        return [section.outcome() for section in sections]

    def cut_off(self) -> list[Outcome]:
        """Return one problem: nothing says that the last section is whole."""
        return [truncated(self._opening)]


def _file_of(line: str, *, in_update: bool) -> re.Match[str] | None:
    """Match the first line of a file's section; in an update a space before it makes it context."""
    if "***" not in line or (in_update and not line.startswith("***")):
        return None
    return _FILE.match(line.strip())


@dataclass(slots=True)
class _Section:
    """What the envelope says of one file."""

    opening: Opening
    number: int
    verb: str
    path: str
    lines: list[str] = field(default_factory=list)

    def outcome(self) -> Outcome:
        if not self.path:
            return self._problem("the patch names no file")
        if self.verb == "Add":
            return self._added()
        if self.verb == "Delete":
            extra = next((line for line in self.lines if line.strip()), None)
            return self._problem(f"not expected: {extra.strip()[:80]}") if extra else self._edit()
        return self._updated()

    def _added(self) -> Outcome:
        while self.lines and not self.lines[-1].strip():
            self.lines.pop()
        wrong = next((line for line in self.lines if not line.startswith("+")), None)
        if wrong is not None:
            return self._problem(f"a new file's line does not begin with +: {wrong.strip()[:80]}")
        edit = self._edit()
        content = "".join(line[1:] + "\n" for line in self.lines)
        return FileEdit(edit.path, "create", NAME, edit.line, content=content)

    def _updated(self) -> Outcome:
        move = _MOVE.match(self.lines[0].strip()) if self.lines else None
        chunks = _Chunks()
        for line in self.lines[1:] if move else self.lines:
            if line.startswith("*** ") and line.strip() != _END_OF_FILE:
                return self._problem(f"not expected: {line.strip()[:80]}")
            chunks.take(line)
        replacements = chunks.finish()
        if move and not move[1].strip():
            return self._problem("the patch names no file to move to")
        if not replacements and not move:
            return self._problem("the section changes nothing")
        return FileEdit(
            path=self.path,
            action="rename" if move else "edit",
            format=NAME,
            line=self.number,
            replacements=tuple(replacements),
            new_path=move[1].strip() if move else "",
        )

    def _edit(self) -> FileEdit:
        return FileEdit(self.path, "delete", NAME, self.number)

    def _problem(self, reason: str) -> Outcome:
        opening = Opening(self.number, self.path)
        return problem(opening, reason, _HINT)


class _Chunks:
    """Collects the replacements of an update, line by line."""

    def __init__(self) -> None:
        self._done: list[Replacement] = []
        self._start()

    def _start(self) -> None:
        self._anchors: list[str] = []
        self._line: int | None = None
        self._old: list[str] = []
        self._new: list[str] = []
        self._kept: list[int | None] = []
        self._blank = 0
        self._begun = False
        self._at_end = False

    def take(self, line: str) -> None:
        bare = line.rstrip("\r")
        if bare.startswith("@@"):
            self._anchor(bare)
        elif bare.startswith("***") and bare.rstrip() == _END_OF_FILE:
            self._at_end = True
            self._close()
        elif not bare:
            self._blank += 1  # an empty line of context, if more of the chunk follows
        else:
            self._body(line)

    def finish(self) -> list[Replacement]:
        self._close()
        return self._done

    def _anchor(self, bare: str) -> None:
        if self._begun:
            self._close()
        if match := _NUMBERS.match(bare):
            self._line = int(match[1])
            return
        anchor = bare[2:].removesuffix("@@").strip()
        if anchor and anchor.strip(". "):
            self._anchors.append(bare[2:].removeprefix(" ").removesuffix("@@").rstrip())

    def _body(self, line: str) -> None:
        if self._begun:
            for _ in range(self._blank):
                self._add(" ", "")
        self._blank = 0
        self._begun = True
        sign, text = (line[0], line[1:]) if line[0] in " +-" else (" ", line)
        self._add(sign, text)

    def _add(self, sign: str, text: str) -> None:
        if sign != "-":
            self._new.append(text)
            self._kept.append(len(self._old) if sign == " " else None)
        if sign != "+":
            self._old.append(text)

    def _close(self) -> None:
        if self._begun:
            self._done.append(
                Replacement(
                    search="".join(text + "\n" for text in self._old),
                    replace="".join(text + "\n" for text in self._new),
                    line=self._line,
                    anchors=tuple(self._anchors),
                    # An insertion without context goes to the end of the file.
                    at_end=self._at_end or not (self._old or self._anchors),
                    kept=tuple(self._kept),
                )
            )
        self._start()
