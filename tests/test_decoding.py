"""Decoding never loses a byte, and guesses a legacy encoding well enough to be read."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repoctx.decoding import decode, is_binary
from repoctx.errors import ConflictError

ENGLISH = "def café():\n    return 'naïve'\n"
JAPANESE = "# 設定ファイルを読み込む関数です。\n# エラーがあれば例外を投げます。\n"
CHINESE = "// 这个函数用来读取配置文件。并且返回结果。\n// 如果出现错误就抛出异常。\n"
KOREAN = "/* 설정 파일을 읽는 함수입니다. 오류가 있으면 예외를 던집니다. */\n"
RUSSIAN = "# Эта функция читает файл настроек и возвращает результат.\n"
TAIWANESE = "// 這個函數用來讀取設定檔案。並且傳回結果。\n// 如果發生錯誤就拋出例外。\n"
ENDINGS = ["\n", "\r\n", "\r", "mixed", "none at the end"]
ENCODINGS = [
    *((ENGLISH, name) for name in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32")),
    *((JAPANESE, name) for name in ("cp932", "euc_jp", "utf-16", "utf-8")),
    *((CHINESE, name) for name in ("gb18030", "utf-8-sig")),
    *((KOREAN, name) for name in ("cp949", "utf-32")),
    *((RUSSIAN, name) for name in ("cp1251", "koi8_r", "utf-16")),
    (TAIWANESE, "big5"),
]


def with_endings(text: str, ending: str) -> str:
    if ending == "mixed":
        return text.replace("\n", "\r\n", 1) + "\rlast\n"
    if ending == "none at the end":
        return text.rstrip("\n")
    return text.replace("\n", ending)


@pytest.mark.parametrize("ending", ENDINGS, ids=repr)
@pytest.mark.parametrize(("text", "encoding"), ENCODINGS, ids=str)
def test_a_file_keeps_its_encoding_mark_and_line_endings(
    text: str, encoding: str, ending: str
) -> None:
    expected = with_endings(text, ending)
    content = expected.encode(encoding)

    decoded = decode(content)

    assert decoded.text == expected
    assert decoded.encode() == content


@pytest.mark.parametrize(("text", "encoding"), ENCODINGS, ids=str)
def test_an_edit_changes_no_byte_outside_of_it(text: str, encoding: str) -> None:
    before, after = text.encode(encoding), (text + "# added\r\n").encode(encoding)

    decoded = decode(before)

    assert decoded.encode(decoded.text + "# added\r\n") == after


@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00")
@example(b"\xff\xfe\x00\x00")
@example(b"\xff\xfe\x00\xd8")
@example(b"\xef\xbb\xbf\xff")
@example(b"\x81\x30\x81\x30")
@example(b"\xed\xa0\x80")
@example(b"")
def test_any_bytes_survive_decoding_and_encoding(content: bytes) -> None:
    assert decode(content).encode() == content


@given(st.lists(st.sampled_from([b"caf\xe9", b"\x82\xa0", b"\xb0\xa1", b"ok\r\n", b"\xa4\xa2"])))
def test_any_mix_of_legacy_encodings_survives(pieces: list[bytes]) -> None:
    content = b"".join(pieces)

    assert decode(content).encode() == content


def test_one_bad_byte_in_a_utf8_file_leaves_the_rest_readable() -> None:
    content = "# überall Ümlaute, größer\n".encode() + b"BAD = '\xe9'\n"

    decoded = decode(content)

    assert decoded.encoding == "utf-8"
    assert decoded.text.startswith("# überall Ümlaute, größer")
    assert decoded.encode() == content


def test_text_that_the_encoding_cannot_hold_is_a_conflict_that_names_it() -> None:
    with pytest.raises(ConflictError, match=r"U\+2192 .* cp1252"):
        decode("café".encode("cp1252")).encode("café → thé")


def test_a_lone_surrogate_from_a_model_never_becomes_a_file() -> None:
    with pytest.raises(ConflictError, match="U\\+DC80"):
        decode(b"plain").encode("\udc80")


def test_a_nul_makes_a_file_binary_unless_a_byte_order_mark_explains_it() -> None:
    assert is_binary(b"\x7fELF\0\0")
    assert not is_binary("text".encode("utf-16"))
    assert not is_binary("text".encode("utf-32"))
    assert not is_binary(b"x" * 8192 + b"\0")
    assert is_binary("text".encode("utf-16-le"))
