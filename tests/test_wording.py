"""What is said of an event is one line, the same wherever it is drawn."""

from __future__ import annotations

from repoctx import events, wording


def test_a_pack_names_its_levels_and_what_is_hidden() -> None:
    packed = events.Packed(3, 1200, 5000, "o200k_base", {"full": 2, "outline": 1, "name": 0}, 4)
    assert wording.packed(packed) == (
        "packed 3 files: 1,200 tokens (o200k_base), 2 in full, 1 outline; 4 secrets redacted"
    )


def test_an_estimate_says_where_it_goes_and_why_its_price_is_unknown() -> None:
    local = events.Estimated("scripted", "", "this machine", 100, None, None, None, "costs nothing")
    assert wording.estimated(local) == "to scripted at this machine: 100 tokens; costs nothing"


def test_a_bill_near_the_estimate_is_not_remarked_upon() -> None:
    assert wording.gap(events.Usage(1, 1, cost=1.05, expected=1.0)) == ""
    said = wording.gap(events.Usage(1, 1, cost=1.5, expected=1.0))
    assert said == "this is 50% more than the $1.0000 expected"


def test_a_check_says_how_it_ended() -> None:
    ran = events.CheckRan("make test", 2, 1.26, "\n".join(map(str, range(99))))
    assert wording.checked(ran) == "check fails with 2 (1.3 s): make test"
    assert wording.shown_output(ran)[-1] == "98"
    assert len(wording.shown_output(ran)) == 30


def test_progress_is_said_as_far_as_it_is_known() -> None:
    assert wording.amount(events.Progress("packing", 3, 12, "files")) == "3 of 12 files"
    assert wording.amount(events.Progress("upload", 1_500_000, 4_000_000, "bytes")) == (
        "1.5 of 4.0 MB"
    )
    assert wording.amount(events.Progress("thinking", 7, None, "characters")) == "7 characters"
    assert wording.amount(events.Progress("waiting", 0, None)) == ""
    assert [wording.elapsed(s) for s in (0.42, 9.96, 125)] == ["0.4 s", "10 s", "2 min 05 s"]
    assert wording.answered(300, 2, 1.5) == (
        "answered in 2.0 s: 300 characters, 150 a second; the first word after 1.5 s"
    )
