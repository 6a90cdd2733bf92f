"""Names and lines that a format may stumble over."""

from __future__ import annotations

from hypothesis import strategies as st

PLAIN = st.sampled_from(["src/a.py", "Makefile", "lib/b/c.rs", ".gitignore", "notes.md"])
ODD = st.sampled_from(
    [
        "a b/c d.py",
        "it's.py",
        "\u00e4\u00f6/\u6f22.txt",
        "back\\slash.c",
        "src/(x)/[id].tsx",
        "x-\U0001f600.md",
    ]
)
QUOTED = st.sampled_from(
    ['say "so".py', "tab\t.py", "line\nend.py", "\udcff.bin", "a\\", '"', "\x7f.c"]
)
"""Names that only git's quotation marks and JSON can say."""

ODD_LINES = (
    *(
        "",
        " ",
        "\t",
        "x\r",
        "\x0c",
        "a\u2028b",
        "\x00",
        "\x1c",
        "tr ail  ",
        "    deep",
        "\\",
        "...",
    ),
    *(
        "```",
        "```python",
        "````",
        "~~~",
        "    ```",
        "=======",
        "=====",
        "<<<<<<< SEARCH",
        "+++ b/x",
    ),
    *(
        ">>>>>>> REPLACE",
        "------- SEARCH",
        "\\=======",
        "=======  ",
        ":start_line:3",
        "@@",
        "@@ -1 +1 @@",
    ),
    *(
        "*** End Patch",
        "*** Update File: x",
        "*** End of File",
        "*** Begin Patch",
        "--- a/x",
        "-- ",
    ),
    *("diff --git a/x b/x", "+plus", "-minus", "\\ No newline at end of file", '{"old_string": 1,'),
    *("src/x.py", "<think>", "1 | one", "literal 5", "[", "\udc80", "index 0..1", "rename from a"),
)
LINES = st.lists(
    st.sampled_from(ODD_LINES) | st.text(alphabet='ab"\\ \t\u00e9`=*@+-', max_size=6), max_size=6
)
