"""What fuzzing starts from: sample replies, the tree that they are planned on, a dictionary."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path

from repoctx.patches import formats
from tests.patches.test_reply import SAMPLES

LARGEST = 64 << 10
"""Bytes of one input."""

FILES = {
    "a.py": b"class A:\n x\n y\nold\na\nb\nk\n",
    "b.py": b"z\r\n\r\nx = 1\r\nno newline",
    "x": b"1\n2\n1\n2\n",
    "n/deep.txt": "t\u00eate\u2028\x0c\n\ttab\n".encode(),
    "empty": b"",
    "blob": bytes(range(256)),
    "latin": b"caf\xe9\n" * 3,
    "same": b"}\n" * 40,
    "src/old.py": b"gone\n",
    "src/name.py": b"one\ntwo\n",
    "src/greeting.py": (
        b"class Greeter:\n    def greet(self, name):\n        self.count += 1\n"
        b'        print("Hello " + name)\n        return self\n'
        b'def greet(name):\n    print("Hello " + name)\n'
    ),
}
LINKS = {"link": "a.py", "out": "/", "src/up": ".."}

GIT = (
    'diff --git "a/\\303\\244 \\"q\\".txt" "b/\\303\\244 \\"q\\".txt"\nold mode 100644\n'
    "new mode 100755\nsimilarity index 90%\ndissimilarity index 10%\nrename from x\nrename to y z\n"
    "copy from a.py\ncopy to c.py\nnew file mode 120000\ndeleted file mode 100644\n"
    "index 0000000000000000000000000000000000000000..89abcde89abcde89abcde89abcde89abcde89abc\n"
    "--- /dev/null\n+++ b/x\t1970-01-01 01:00:00.000000000 +0100\n@@ -1,2 +0,0 @@ class A:\n"
    "-1\n-2\n\\ No newline at end of file\n-- \n2.40\nBinary files a/x and b/y differ\n"
)


def packed(data: bytes, kind: str = "literal", size: int | None = None) -> str:
    """Return bytes as git packs them into a patch; ``size`` is what the patch says of them."""
    squeezed = zlib.compress(data)
    lines = [f"{kind} {len(data) if size is None else size}"]
    for start in range(0, len(squeezed), 52):
        piece = squeezed[start : start + 52]
        letter = chr(len(piece) + (ord("A") - 1 if len(piece) <= 26 else ord("a") - 27))
        lines.append(letter + base64.b85encode(piece + b"\0" * (-len(piece) % 4)).decode())
    return "".join(f"{line}\n" for line in lines)


BINARY = (
    "diff --git a/blob b/blob\nindex 0123456..89abcde 100644\nGIT binary patch\n"
    + packed(bytes([128, 2, 3, 0x91, 2, 3, 2]) + b"ab", "delta")
    + "\n"
    + packed(b"\0" * 300)
    + "\ndiff --git a/new b/new\nnew file mode 100644\nGIT binary patch\n"
    + packed(b"\0\1\2" * 900)
    + "\nliteral 0\nHcmV?d00001\n\n"
)

ROO = "a.py\n<<<<<<< SEARCH\n:start_line:4\n:end_line:5\n-------\n4 | old\n5 | a\n=======\n\\=======\n>>>>>>> REPLACE\n"
CALLS = (
    '{"name": "Edit", "arguments": "{\\"file_path\\": \\"a.py\\", \\"edits\\": [{\\"old_string\\": '
    '\\"x\\", \\"new_string\\": \\"y\\\\n\\", \\"replace_all\\": true}]}"}\n'
    '{"file_path": "x", "delete": true}\n{"file_path": "b.py", "rename_to": "c/b.py"}\n'
    '{"tool_call": "edit", "problem": "cut", "text": "{"}\n'
    '{"command": ["apply_patch", "*** Begin Patch\\n*** Delete File: x\\n*** End Patch"]}\n'
    '{"patchText": "*** Begin Patch\\n*** Delete File: x\\n*** End Patch"}\n'
    '{"command": "create", "path": "new.py", "file_text": "\\ud83d\\u00e9"}\n'
)

REPLIES = (*SAMPLES.values(), *map(formats.instructions, formats.NAMES), GIT, BINARY, ROO, CALLS)

_MARKERS = (
    *("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "------- SEARCH", "+++++++ REPLACE"),
    *("*** Begin Patch", "*** End Patch", "*** End of File", "*** Add File: ", "*** Move to: "),
    *("*** Update File: ", "*** Delete File: ", "@@", "@@ -1,2 +1,2 @@", "@@ ... @@", "@@ def f"),
    *("diff --git a/", "--- a/", "+++ b/", "--- /dev/null", "+++ /dev/null", "GIT binary patch"),
    *("literal 5", "delta 5", "index 0123456..89abcde 100644", "old mode 100644", "new mode 1"),
    *("new file mode 120000", "deleted file mode 100644", "rename from ", "rename to ", "Index: "),
    *("\\ No newline at end of file", "-- ", "Binary files ", ":start_line:", ":end_line:", "..."),
    *("```", "````", "~~~", "```diff", "```json", "```python a.py", "<source>", "<think>"),
    *("</think>", "<<EOF", "{", "}", "[", "]", '"', "\\", '\\"', '"old_string":', '"new_string":'),
    *('"file_path": "a.py"', '"content":', '"edits": [', '"arguments":', '"patch":', "null"),
    *("File: ", "# ... existing code ...", "1970-01-01 00:00:00 +0000", "\\303", "\\8", "a/", "b/"),
    *("\r", "\0", "\x0c", "\u2028", "\u00a0", "\t", " ", "+", "-", "../", ".git/config", "/etc/x"),
)
MARKERS = (*(marker.encode() for marker in _MARKERS), b"\xff", b"\xed\xa0\x80")
"""What the grammars are made of, bytes that are no UTF-8, and a surrogate."""

LINES = tuple({line for reply in REPLIES for line in reply.encode("utf-8").split(b"\n")})
_PATH = re.compile(r"[^\x20-\x7e]|[\"\\]")


def write_tree(root: Path) -> None:
    """Write the small tree."""
    for path, content in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    for path, target in LINKS.items():
        (root / path).symlink_to(target)


def write_corpus(folder: Path) -> None:
    """Write each sample as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, reply in enumerate(REPLIES):
        (folder / f"sample-{number:02}").write_bytes(reply.encode())


def write_dictionary(path: Path) -> None:
    """Write the markers as libFuzzer reads them."""
    path.write_text("".join(f'"{_escaped(marker)}"\n' for marker in MARKERS), "ascii")


def _escaped(marker: bytes) -> str:
    return _PATH.sub(lambda match: f"\\x{ord(match[0]):02x}", marker.decode("latin-1"))
