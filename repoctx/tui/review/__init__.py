"""The review of a planned change: files, hunks, decisions; nothing is written from here."""

from repoctx.tui.review.aftercheck import AfterCheck
from repoctx.tui.review.screen import ReviewScreen

__all__ = ["AfterCheck", "ReviewScreen"]
