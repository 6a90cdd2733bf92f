"""Several roots: their prefixes are unique, and depend on nothing but which folders they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.errors import UsageError
from repoctx.roots import Root, roots_of

FOLDERS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(("api", "api-2", "api-3", "web"))),
    min_size=2,
    max_size=6,
    unique=True,
)


def prefixes(*tops: Path) -> list[str]:
    return [root.prefix for root in roots_of(tops)]


def test_a_root_alone_has_no_prefix(tmp_path: Path) -> None:
    assert roots_of([tmp_path]) == (Root(tmp_path),)
    assert roots_of([tmp_path, tmp_path]) == (Root(tmp_path),)


def test_each_root_is_called_by_its_folder_and_a_second_of_that_name_is_numbered() -> None:
    assert prefixes(Path("/y/api"), Path("/x/api"), Path("/web")) == ["web/", "api/", "api-2/"]
    assert prefixes(Path("/a/api"), Path("/b/api"), Path("/c/api-2")) == [
        "api/",
        "api-3/",
        "api-2/",
    ]


@given(FOLDERS)
def test_the_same_set_of_folders_has_the_same_prefixes_in_any_order(
    folders: list[tuple[str, str]],
) -> None:
    tops = [Path(f"/{above}/{name}") for above, name in folders]

    roots = roots_of(tops)

    assert len({root.prefix for root in roots}) == len(tops)
    for order in (tops[::-1], sorted(tops), tops[1:] + tops[:1]):
        assert roots_of(order) == roots


def test_a_root_inside_another_is_an_error_that_names_both(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    with pytest.raises(UsageError) as raised:
        roots_of([inner, Path("/elsewhere"), tmp_path])
    assert str(inner) in raised.value.message
    assert str(tmp_path) in raised.value.message


def test_a_name_that_only_begins_like_another_is_not_inside_it() -> None:
    assert prefixes(Path("/x/api"), Path("/x/api-v2")) == ["api/", "api-v2/"]


def test_one_folder_spelled_in_two_ways_is_one_root(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert roots_of([tmp_path / "link", tmp_path / "real"]) == (Root(tmp_path / "link"),)


def test_a_path_is_inside_its_root_however_the_root_is_spelled(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    root = Root(tmp_path / "link")
    assert root.inside(f"{tmp_path}/link/a/b") == root.inside(f"{tmp_path}/real/a/b") == "a/b"
    assert root.inside(f"{tmp_path}/link") == ""
    assert root.inside(f"{tmp_path}/linked") is None
    assert Root(Path("/")).inside("/etc/x") == "etc/x"
