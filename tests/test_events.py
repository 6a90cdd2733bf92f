"""Events are plain values with stable JSON names."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from repoctx import events


def test_the_names_of_all_events_are_stable() -> None:
    kinds = [events._kind(kind.__name__) for kind in get_args(events.Event)]
    assert kinds == [
        *("packed", "estimated", "progress", "first_token", "text_delta", "usage"),
        "spent",
        *("edit_proposed", "conflict", "applied", "committed", "check_ran"),
        *("notice", "finished", "failed"),
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            events.Failed("m", "h", 5),
            {"event": "failed", "message": "m", "hint": "h", "exit_code": 5},
        ),
        (
            events.Applied("7", ("a.py",)),
            {"event": "applied", "entry": "7", "files": ["a.py"]},
        ),
    ],
)
def test_an_event_is_a_flat_json_object(event: events.Event, expected: dict[str, object]) -> None:
    shown = json.loads(json.dumps(events.to_json(event)))
    assert shown == {"schema": "repoctx.event/1", **expected}
