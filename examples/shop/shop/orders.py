"""An order: lines of articles, a subtotal and a total."""

from __future__ import annotations

from dataclasses import dataclass, field

from shop.discounts import discount
from shop.money import formatted
from shop.stock import Stock


@dataclass
class Line:
    """So many of one article at one price, in cents."""

    article: str
    count: int
    price: int


@dataclass
class Order:
    """What one customer wants."""

    member: bool = False
    lines: list[Line] = field(default_factory=list)

    def add(self, article: str, count: int, price: int) -> None:
        """Add a line."""
        self.lines.append(Line(article, count, price))

    def subtotal(self) -> int:
        """Return the sum of all lines, in cents."""
        return sum(line.count * line.price for line in self.lines)

    def total(self) -> int:
        """Return what the customer pays, in cents."""
        return self.subtotal() - discount(self.subtotal(), self.member)

    def receipt(self) -> str:
        """Return the receipt as text, one line an article."""
        rows = [f"{line.count} x {line.article}" for line in self.lines]
        return "\n".join([*rows, f"total {formatted(self.total())}"])

    def ship(self, stock: Stock) -> None:
        """Take everything from the stock."""
        for line in self.lines:
            stock.take(line.article, line.count)
