"""Backends by name: listed without an import, and a broken plugin is told in one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from repoctx.backends.base import BackendSettings
from repoctx.backends.registry import backend_names, create_backend
from repoctx.errors import RepoctxError, UsageError


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that installs a package with one backend in it."""

    def install(code: str, name: str = "strange", module: str = "strange_plugin") -> None:
        information = tmp_path / "strange-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1\n")
        (information / "entry_points.txt").write_text(
            f"[repoctx.backends]\n{name} = {module}:create\n"
        )
        (tmp_path / f"{module}.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


def test_backends_are_listed_without_importing_them(plugin: Any) -> None:
    plugin("raise SystemExit('imported')")
    assert {"embedded", "exec", "openai", "scripted", "strange"} <= set(backend_names())
    assert "strange_plugin" not in sys.modules


def test_a_built_in_backend_is_created(tmp_path: Path) -> None:
    backend = create_backend("scripted", BackendSettings(path=tmp_path))
    assert callable(backend.stream)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no backend 'opnai'") as caught:
        create_backend("opnai", BackendSettings())
    assert "did you mean openai?" in caught.value.hint
    assert "scripted" in caught.value.hint


def test_a_plugin_answers(plugin: Any, ask: Any) -> None:
    plugin(
        "from repoctx.events import TextDelta\n"
        "class B:\n"
        "    def stream(self, request): yield TextDelta(request.question)\n"
        "def create(settings): return B()\n"
    )
    (event,) = create_backend("strange", BackendSettings()).stream(ask("Echo?"))
    assert event.text == "Echo?"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError('broken')",
        "import sys; sys.exit('broken')",
        "def other(): pass",
        "def create(settings): raise KeyError('broken')",
        "def create(settings): return None",
        "create = 3",
        "def create(:",
    ],
)
def test_a_broken_plugin_names_its_package(plugin: Any, code: str) -> None:
    plugin(code)
    with pytest.raises(RepoctxError, match="of strange") as caught:
        create_backend("strange", BackendSettings())
    assert "uninstall strange" in caught.value.hint


def test_a_plugin_that_fails_while_it_answers_names_its_package(plugin: Any, ask: Any) -> None:
    plugin(
        "class B:\n    def stream(self, request): yield 1 / 0\ndef create(settings): return B()\n"
    )
    with pytest.raises(RepoctxError, match=r"strange failed: ZeroDivisionError"):
        list(create_backend("strange", BackendSettings()).stream(ask()))


def test_no_plugin_takes_the_place_of_a_built_in_backend(plugin: Any, tmp_path: Path) -> None:
    plugin("raise ValueError('broken')", name="scripted")
    assert create_backend("scripted", BackendSettings(path=tmp_path))
