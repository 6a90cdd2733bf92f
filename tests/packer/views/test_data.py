"""Large data is shown by its shape, its size and its first lines, whatever it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.packer.kinds import Kind, kind_of
from repoctx.packer.views.data import SCANNED, beginning, data_view, is_data
from repoctx.packer.views.tree_lines import MOST_LINES


def view(path: str, text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    return data_view(path, content)


def shape(path: str, text: str | bytes) -> list[str]:
    """The lines above the first lines of the data."""
    return view(path, text).partition("\nfirst ")[0].split("\n")


def test_a_table_shows_its_columns_its_rows_and_the_first_lines_exactly() -> None:
    rows = [f'{n},"name, {n}",{n}.5,{n % 2 == 0},2026-01-02,\n' for n in range(2000)]
    text = "id,name,price,is_new,day,note\n" + "".join(rows)
    expected = f"""\
csv, {len(text):,} bytes: 2,000 rows of 6 columns separated by commas
  id: integer
  name: text
  price: number
  is_new: boolean
  day: date
  note: empty
first 20 lines:
id,name,price,is_new,day,note
{"".join(rows[:19])}"""
    assert view("a.csv", text) == expected.removesuffix("\n")


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("a.csv", "a;b\n1;2\n", "1 row of 2 columns separated by semicolons"),
        ("a.csv", "1|2\n3|4\n", "2 rows of 2 columns separated by bars"),
        ("a.tsv", "a\tb\n1\t2,3\n", "1 row of 2 columns separated by tabs"),
        ("a.csv", "word\nother\n", "1 row of 1 column separated by commas"),
        ("a.csv", '"a","b"\n"x\ny",2\n', "1 row of 2 columns separated by commas"),
        ("a.csv", "a,b\r\n1,2\r\n", "1 row of 2 columns separated by commas"),
        (
            "a.csv",
            "caf\xe9,b\n1,2\n".encode("latin-1"),
            "1 row of 2 columns separated by commas",
        ),
        (
            "a.csv",
            "a,b\n1,2\n".encode("utf-16"),
            "1 row of 2 columns separated by commas",
        ),
    ],
)
def test_tables_are_read_as_they_are_written(path: str, text: str | bytes, what: str) -> None:
    assert shape(path, text)[0].endswith(f" bytes: {what}")


def test_json_shows_keys_types_and_lengths() -> None:
    value = {
        "type": "FeatureCollection",
        "features": [{"id": n, "at": [1.5, 2], "tags": {"a": None}} for n in range(300)],
        "more": [[], [1], ["x"]],
        "on": True,
    }
    text = json.dumps(value)
    assert shape("a.geojson", text) == [
        f"json, {len(text):,} bytes: object, 4 keys",
        "  type: string",
        "  features: array of 300",
        "    each: object, 3 keys",
        "      id: number",
        "      at: array of 2",
        "        each: number",
        "      tags: object, 1 key",
        "        a: null",
        "  more: array of 3",
        "    each: array of 0 to 1",
        "      each: number or string",
        "  on: boolean",
    ]


def test_a_map_with_many_keys_says_how_many_more_there_are() -> None:
    text = json.dumps({f"key {n}": n for n in range(1000)})
    assert shape("a.json", text)[0].endswith(" bytes: object, 25 keys and 975 more")


def test_json_lines_show_what_a_record_holds() -> None:
    text = "".join(json.dumps({"id": n, "name": "x"}) + "\n" for n in range(1500))
    assert shape("a.jsonl", text) == [
        f"jsonl, {len(text):,} bytes: 1,500 lines, each object, 2 keys",
        "  id: number",
        "  name: string",
    ]


def test_xml_shows_its_elements_and_expands_nothing() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 30))
    text = (
        f"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e0 'x'>{entities}]>"
        '<a><!-- <b> --><row id="1" n="2"><name>&e29;</name></row><row id="2"/><![CDATA[<c>]]></a>'
    )
    assert shape("a.xml", text) == [
        f"xml, {len(text):,} bytes: a",
        "  a: 1 element",
        "    row: 2 elements (id, n)",
        "      name: 1 element",
    ]


def test_other_text_shows_its_first_lines() -> None:
    text = "".join(f"line {n}\n" for n in range(500))
    first = "".join(f"line {n}\n" for n in range(20)).removesuffix("\n")
    assert view("a.log", text) == f"text, {len(text):,} bytes: 500 lines\nfirst 20 lines:\n{first}"


def test_one_endless_line_is_cut_and_says_so() -> None:
    found = view("a.txt", "x" * 100_000)
    assert found == f"text, 100,000 bytes: 1 line\nfirst 2,000 characters:\n{'x' * 2000}"


def test_a_dump_names_its_tables() -> None:
    text = "CREATE TABLE a (x int);\n" + "INSERT INTO a VALUES (1);\n" * 50
    assert is_data("dump.sql", kind_of("dump.sql"), text.encode())
    assert shape("dump.sql", text)[1:] == ["  INSERT INTO a"]
    query = "SELECT a, b\nFROM x\nWHERE y;\n" * 50
    assert not is_data("query.sql", kind_of("query.sql"), query.encode())


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.csv", True),
        ("tests/models/urls.json", True),
        ("docs/api.json", True),
        ("docs/guide.txt", False),
        ("notes.txt", True),
        ("package.json", False),
        ("package-lock.json", False),
        ("config/app.yaml", False),
        ("tests/cassettes/login.yaml", True),
        ("src/a.py", False),
        ("weights.bin", True),
    ],
)
def test_data_is_told_from_what_people_write(path: str, data: bool) -> None:
    assert is_data(path, kind_of(path), b"text") == data


def test_a_broken_notebook_is_data_and_a_good_one_is_source() -> None:
    assert kind_of("a.ipynb") is Kind.SOURCE
    assert is_data("a.ipynb", Kind.SOURCE, b'{"cells": [')
    assert not is_data("a.ipynb", Kind.SOURCE, b'{"cells": [], "nbformat": 4, "nbformat_minor": 5}')


HOSTILE = {
    "deep.json": b"[" * 600_000,
    "deep objects.json": b'{"a":' * 120_000,
    "closed.json": b"]}" * 300_000,
    "quotes.json": b'"' * 600_001,
    "backslashes.json": b'"' + b"\\" * 600_001,
    "keys.json": b"{" + b",".join(b'"%d":1' % n for n in range(60_000)),
    "quote.csv": b'a,b\n"' + b"x" * 600_000,
    "quotes.csv": b'"' * 600_001,
    "wide.csv": b"," * 600_000,
    "nul.csv": b"a,b\n\0" * 60_000,
    "open.xml": b"<a" * 300_000,
    "comments.xml": b"<!--" * 150_000,
    "nested.xml": b"<a>" * 60_000,
    "attributes.xml": b"<a" + b" b" * 300_000 + b">",
    "names.xml": b"".join(b"<a%d/>" % n for n in range(60_000)),
    "dump.sql": b"INSERT INTO" * 60_000,
    "spaces.sql": b" " * 600_000,
    "a/data/keys.yaml": b"a" * 600_000,
    "a/data/colons.yaml": b"-:" * 300_000,
}


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_data_has_a_small_view_and_stops_no_run(path: str) -> None:
    content = HOSTILE[path]
    found = view(path, content)
    assert len(found) < 20_000
    assert f"{len(content):,} bytes" in found
    assert found.count("\n") <= MOST_LINES + 25


@given(
    st.binary(max_size=300),
    st.sampled_from(["csv", "tsv", "json", "jsonl", "xml", "yaml", "sql", "x"]),
)
def test_any_bytes_have_a_view(content: bytes, suffix: str) -> None:
    assert f"{len(content):,} bytes" in data_view(f"a.{suffix}", content)


@given(st.text(alphabet="aé€😀\n"), st.integers(1, 60))
def test_a_beginning_is_cut_between_characters(text: str, size: int) -> None:
    assert text.startswith(beginning(text.encode(), max(size, 8)).text)


def test_the_structure_of_very_large_data_is_that_of_its_beginning() -> None:
    text = json.dumps([{"a": 1}] * 200_000)
    assert len(text) > SCANNED
    assert " bytes, the first 524,288 of them: array of " in view("a.json", text)
