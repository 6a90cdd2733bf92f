"""Change one setting in the user's configuration file; comments and other lines stay."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from repoctx.config import read_file
from repoctx.config.known import checked, parsed
from repoctx.errors import UsageError
from repoctx.files import atomic_write
from repoctx.folders import user_config_file


def store_setting(name: str, text: str | None) -> Path:
    """Set a top-level setting, or remove it when ``text`` is None; return the file's path.

    The file has mode 0600, for it may hold a key. Raises UsageError when the value makes no sense.
    """
    if name in ("models", "workspaces"):
        raise UsageError(f"{name} is a table", f"edit {user_config_file()} yourself")
    path = user_config_file()
    origin = "repoctx config"
    value = None if text is None else checked(name, parsed(name, text, origin), origin)
    read_file(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    old = path.read_text("utf-8") if path.exists() else ""
    atomic_write(path, _edited(old, name, value).encode(), 0o600)
    return path


def _edited(text: str, name: str, value: Any) -> str:
    """Replace or remove the line that sets the name; a new one stands before the first table."""
    lines = text.splitlines(keepends=True)
    end = next((n for n in range(len(lines)) if _opens_table(lines, n)), len(lines))
    top = _without(lines[:end], name)
    if value is not None:
        if top and not top[-1].endswith("\n"):
            top[-1] += "\n"
        top.append(f"{name} = {_toml(value)}\n")
    return "".join(top + lines[end:])


def _opens_table(lines: list[str], number: int) -> bool:
    """True for ``[table]``, and not for a list within a value of several lines."""
    return lines[number].lstrip().startswith("[") and _is_whole("".join(lines[:number]))


def _without(lines: list[str], name: str) -> list[str]:
    """Leave out the setting of this name, of all the lines that its value takes."""
    setting = re.compile(rf"\s*{re.escape(name)}\s*=")
    begin = next((n for n, line in enumerate(lines) if setting.match(line)), len(lines))
    ends = range(begin + 1, len(lines) + 1)
    end = next((n for n in ends if _is_whole("".join(lines[begin:n]))), begin)
    return lines[:begin] + lines[end:]


def _is_whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _toml(value: Any) -> str:
    """A scalar or a list of strings as TOML, whose strings take JSON's escapes."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
