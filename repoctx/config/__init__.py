"""Settings and where each came from: defaults < user < repository < environment < typed flags.

A repository is hostile, so its own file (``.repoctx.toml``) may only narrow: ignore more, spend
less. It can never name an endpoint, a key, a command, an environment variable or a plugin.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from repoctx.config.known import DEFAULTS, DESCRIPTIONS, checked, parsed
from repoctx.config.suited import AUTO, entry_format, suited_format
from repoctx.errors import RefusedError, UsageError
from repoctx.folders import user_config_file
from repoctx.patches.formats import TOOL_CALLS

if TYPE_CHECKING:
    from repoctx.backends.base import BackendSettings

REPOSITORY_FILE = ".repoctx.toml"
NARROWING = frozenset({"budget", "max_cost", "data_limit"})
"""What a repository's file may set, and only to a smaller value than the person's own."""

_UNLIMITED = {"data_limit": 0}
"""Values that mean no limit, besides None."""

_KEY_VARIABLES = {
    "api.openai.com": "OPENAI_API_KEY",
    "openrouter.ai": "OPENROUTER_API_KEY",
    "api.deepseek.com": "DEEPSEEK_API_KEY",
    "generativelanguage.googleapis.com": "GEMINI_API_KEY",
    "api.moonshot.ai": "MOONSHOT_API_KEY",
    "api.x.ai": "XAI_API_KEY",
    "api.anthropic.com": "ANTHROPIC_API_KEY",
    "api.mistral.ai": "MISTRAL_API_KEY",
    "api.groq.com": "GROQ_API_KEY",
}
"""A vendor's usual variable is read for that vendor's host alone: keys never leak elsewhere."""

_VENDOR_URLS = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
"""Where the backends that have an endpoint send when ``base_url`` names none."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting's value, and the place that each value came from."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]
    """``default``, ``flag``, an environment variable's name, or a file's path."""
    warnings: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def backend(self) -> str:
        """The chosen backend: named, or openai when a model is, or embedded."""
        return str(self["backend"]) or ("openai" if self["model"] else "embedded")

    @property
    def answerer(self) -> str:
        """Who really answers: a recorder passes the question on to the backend it records."""
        return (
            str(self["record"]) if self.backend == "scripted" and self["record"] else self.backend
        )

    @property
    def reply_format(self) -> str:
        """The edit format that the model is asked for: always one of ``formats.CHOICES``.

        What was typed, then the model's own entry, then the user's file, then what suits the model.
        Raises UsageError when the entry names a format that there is not.
        """
        general, own = str(self["reply_format"]), entry_format(self["model"], self["models"])
        typed = self.origins["reply_format"] in ("flag", "REPOCTX_REPLY_FORMAT")
        ranked = (general, own) if typed else (own, general)
        named = next((each for each in ranked if each != AUTO), AUTO)
        return suited_format(self["model"]) if named == AUTO else named

    @property
    def stays_here(self) -> bool:
        """True when nothing leaves this machine, whatever else is configured."""
        return self.answerer in ("embedded", "scripted")

    @property
    def endpoint(self) -> str:
        """Where the prompt goes, in words for a person."""
        if self.answerer in _VENDOR_URLS:
            return str(self["base_url"]) or _VENDOR_URLS[self.answerer]
        if self.answerer == "exec":
            return " ".join(self["command"]) or "no command"
        return "this machine" if self.stays_here else self.answerer


def load_settings(
    root: Path | Iterable[Path] | None, flags: Mapping[str, Any] | None = None
) -> Settings:
    """Read and check every source of settings; of several roots the narrowest value holds.

    ``flags`` holds what was typed; None means not typed. Raises UsageError naming the file and
    the setting when a value makes no sense.
    """
    values, origins = dict(DEFAULTS), dict.fromkeys(DEFAULTS, "default")
    user_file = user_config_file()
    _merge(values, origins, read_file(user_file), str(user_file))
    roots = [root] if isinstance(root, Path) else root or ()
    files = [one / REPOSITORY_FILE for one in roots]
    warnings = [warning for file in files for warning in _narrow(values, origins, file)]
    for name in DEFAULTS:
        variable = f"REPOCTX_{name.upper()}"
        if os.environ.get(variable):
            _merge(values, origins, {name: parsed(name, os.environ[variable], variable)}, variable)
    typed = {name: value for name, value in (flags or {}).items() if value is not None}
    _merge(values, origins, typed, "flag")
    return Settings(values, origins, tuple(warnings))


def workspace(name: str) -> list[Path]:
    """Return the folders of a workspace in the user's own configuration, as they stand there.

    UsageError when there is none of that name, or it is not a list of absolute paths.
    """
    file = user_config_file()
    known = load_settings(None)["workspaces"]
    if name not in known:
        hint = (
            f"there are {', '.join(known)}" if known else f"define it under [workspaces] in {file}"
        )
        raise UsageError(f"there is no workspace {name!r}", hint)
    folders = known[name]
    if not isinstance(folders, list) or not folders or not all(map(_is_absolute, folders)):
        raise UsageError(
            f"{file}: the workspace {name!r} is not a list of absolute paths",
            f'write it as {name} = ["~/src/api", "~/src/web"]',
        )
    return [Path(folder).expanduser() for folder in folders]


def _is_absolute(folder: object) -> bool:
    return isinstance(folder, str) and folder.startswith(("/", "~/"))


def backend_settings(settings: Settings) -> BackendSettings:
    """Return what the chosen backend needs, the key included.

    Raises RefusedError when ``local_only`` forbids the endpoint.
    """
    from repoctx.backends.base import BackendSettings

    _check_local(settings)
    return BackendSettings(
        model=settings["model"],
        base_url=settings["base_url"],
        api_key=endpoint_key(settings),
        command=tuple(settings["command"]),
        path=Path(settings["recording"]) if settings["recording"] else None,
        record=settings["record"],
        timeout=settings["timeout"],
        retries=settings["retries"],
        cache_lifetime=settings["cache_lifetime"],
        prime_cache=settings["prime_cache"],
        upload=settings["upload"],
        offers_tools=settings.reply_format == TOOL_CALLS,
    )


def key_variable(settings: Settings) -> str:
    """Return the environment variable that holds the endpoint's key; empty when none is known."""
    host = urlsplit(settings.endpoint).hostname or ""
    return str(settings["api_key_env"]) or _KEY_VARIABLES.get(host, "")


def endpoint_key(settings: Settings) -> str:
    """Return the endpoint's key; empty when there is none."""
    return str(settings["api_key"]) or os.environ.get(key_variable(settings) or "\0", "")


def _check_local(settings: Settings) -> None:
    if not settings["local_only"] or settings.stays_here:
        return
    host = urlsplit(settings.endpoint).hostname or ""
    if settings.answerer not in _VENDOR_URLS or not _is_loopback(host):
        raise RefusedError(
            f"{settings.endpoint} is not on this machine, and local_only is set",
            "use a backend on 127.0.0.1 or [::1], or take local_only back",
        )


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_file(path: Path) -> dict[str, Any]:
    """Return the settings in a TOML file, none when it is missing; UsageError when it is bad."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}", "mend or remove the file") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "check its owner") from None


def _merge(
    values: dict[str, Any], origins: dict[str, str], given: Mapping[str, Any], origin: str
) -> None:
    for name, value in given.items():
        if name not in DEFAULTS:
            close = get_close_matches(name, DEFAULTS, 1)
            hint = f"did you mean {close[0]}?" if close else "`repoctx config` lists them"
            raise UsageError(f"{origin}: there is no setting {name!r}", hint)
        values[name] = checked(name, value, origin)
        origins[name] = origin


def _narrow(values: dict[str, Any], origins: dict[str, str], path: Path) -> list[str]:
    """Take from the repository's file what makes repoctx send or spend less; name the rest."""
    warnings = []
    for name, value in _read_hostile(path).items():
        if name not in NARROWING:
            warnings.append(f"{path.name}: {name!r} is ignored: a repository may not set it")
            continue
        narrow = checked(name, value, path.name)
        none = (None, _UNLIMITED.get(name))
        if narrow not in none and (values[name] in none or narrow < values[name]):
            values[name], origins[name] = narrow, str(path)
    return warnings


def _read_hostile(path: Path) -> dict[str, Any]:
    """The repository's file, unless it is a link, a device or absurdly large."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 65_536:
        return {}
    return read_file(path)


__all__ = [
    "DEFAULTS",
    "DESCRIPTIONS",
    "Settings",
    "backend_settings",
    "endpoint_key",
    "key_variable",
    "load_settings",
    "read_file",
    "workspace",
]
