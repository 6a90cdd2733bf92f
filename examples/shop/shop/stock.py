"""What lies on the shelves."""

from __future__ import annotations


class Stock:
    """Articles and how many of each are left."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._counts = dict(counts)

    def left(self, article: str) -> int:
        """Return how many are left; an unknown article has none."""
        return self._counts.get(article, 0)

    def take(self, article: str, count: int) -> None:
        """Take articles from the shelf; raises ValueError when there are too few."""
        if count > self.left(article):
            raise ValueError(f"only {self.left(article)} of {article} left")
        self._counts[article] = self.left(article) - count
