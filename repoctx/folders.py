"""Where repoctx keeps what it knows: never inside the repository.

The cache can be deleted at any time; the state (history, conversations) is the person's. Both are
keyed by the repository's root folder, so a moved repository starts anew and two never mix; several
that are read as one have folders of their own, whatever their order.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_state_path

from repoctx.errors import RepoctxError, UsageError


def cache_folder(*roots: Path) -> Path:
    """Return the cache folder of these roots together, made with mode 0700 if it is missing."""
    return _private(user_cache_path("repoctx") / _key(roots))


def state_folder(*roots: Path) -> Path:
    """Return the state folder of these roots together, made with mode 0700 if it is missing."""
    return _private(user_state_path("repoctx") / _key(roots))


def user_state_folder() -> Path:
    """Return the state folder of all repositories together, made with mode 0700 if missing."""
    return _private(user_state_path("repoctx"))


def user_config_file() -> Path:
    """Return the path of the user's configuration file; it need not exist."""
    return user_config_path("repoctx") / "config.toml"


def root_of(folder: Path) -> Path:
    """Return the top of the repository that the folder lies in, or the folder itself.

    Looks for ``.git`` upwards, as git does, without starting git. Raises UsageError when the
    folder is none.
    """
    folder = Path(os.path.abspath(folder))
    if not folder.is_dir():
        what = "not a folder" if folder.exists() else "no such folder"
        raise UsageError(f"{folder}: {what}", "name a repository's folder with -C")
    return next((top for top in (folder, *folder.parents) if (top / ".git").exists()), folder)


def redaction_key() -> bytes:
    """Return the person's own 32 random bytes that key the placeholders of secrets.

    Made at first use, mode 0600. A placeholder then says nothing about a guessable password.
    """
    path = user_state_folder() / "redaction.key"
    for _ in range(2):
        try:
            if len(key := path.read_bytes()) == 32:
                return key
        except FileNotFoundError:
            pass
        _write_new(path, os.urandom(32))
    raise RepoctxError(f"{path} is not a key", "delete the file; a new one is made")


def _write_new(path: Path, content: bytes) -> None:
    """Write a private file unless another process is first; readers never see half of it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    try:
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()


def _key(roots: tuple[Path, ...]) -> str:
    """Readable names and a digest of the real paths: stable, and free of odd characters."""
    ordered = sorted(roots, key=os.path.realpath)
    real = "\0".join(map(os.path.realpath, ordered))
    joined = "-".join(root.name for root in ordered)
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in joined)
    return f"{name[:40] or 'root'}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}"


def _private(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RepoctxError(
            f"cannot make the folder {folder}: {error.strerror}",
            "set XDG_CACHE_HOME and XDG_STATE_HOME to folders that you can write",
        ) from None
    return folder
