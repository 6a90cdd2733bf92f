"""The general edits that a repair is searched among, with how likely each kind is.

The kinds are those of the repair and mutation-testing literature, named in each module. The priors
were set by hand from the order in which Karampatsis and Sutton (MSR 2020) and TBar (ISSTA 2019)
report how often such fixes occur, and were not tuned on any benchmark. Only their order matters.
"""

from __future__ import annotations

from dataclasses import dataclass

from repoctx.backends.embedded.operators import (
    arithmetic,
    calls,
    conditions,
    insertions,
    statements,
    values,
)
from repoctx.backends.embedded.site import Operator


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of edit."""

    name: str
    """What it does, in words that complete "an edit that …"."""
    prior: float
    """How likely it is to be the fix, against the other kinds."""
    operator: Operator
    removes: bool = False
    """It deletes behaviour, which often only silences a failing test; ranked after others."""


KINDS = (
    Kind("changes the bound or sense of a comparison", 1.0, conditions.boundary),
    Kind("changes a comparison", 0.5, conditions.comparison),
    Kind("exchanges `and` and `or`", 0.8, conditions.connective),
    Kind("leaves out a condition", 0.45, conditions.drop_condition, removes=True),
    Kind("negates a condition", 0.7, conditions.negation),
    Kind("adds a condition", 0.3, conditions.more_conditions),
    Kind("replaces a condition", 0.3, conditions.other_condition),
    Kind("changes an operator", 0.7, arithmetic.operator),
    Kind("exchanges or leaves out an operand", 0.45, arithmetic.operands),
    Kind("changes a sign", 0.35, arithmetic.sign),
    Kind("changes a number", 0.75, arithmetic.number),
    Kind("adds or subtracts one", 0.6, arithmetic.by_one),
    Kind("changes how a variable is updated", 0.4, arithmetic.assignment),
    Kind("uses another variable", 0.65, values.variable),
    Kind("assigns to another variable", 0.25, values.target),
    Kind("calls another function", 0.5, values.callee),
    Kind("uses the opposite operation", 0.8, values.opposite),
    Kind("uses another attribute or method", 0.45, values.attribute),
    Kind("adds or removes an attribute lookup", 0.35, values.dotted),
    Kind("changes a constant", 0.5, values.literal),
    Kind("uses another expression of the function", 0.25, values.ingredient),
    Kind("exchanges two arguments or elements", 0.65, calls.swap_elements),
    Kind("exchanges two values", 0.6, calls.swap_branches),
    Kind("leaves out an argument, element or bound", 0.35, calls.drop_element, removes=True),
    Kind("adds an argument", 0.25, calls.add_argument),
    Kind("removes a call or lookup", 0.4, calls.unwrap),
    Kind("wraps a value", 0.2, calls.wrap),
    Kind("calls or awaits a value", 0.45, calls.call_it),
    Kind("allows for a missing key", 0.3, calls.lookup),
    Kind("fills an empty collection", 0.25, calls.empty_collection),
    Kind("removes a statement", 0.3, statements.delete, removes=True),
    Kind("exchanges two statements", 0.35, statements.exchange),
    Kind("moves a statement out of its block", 0.35, statements.move_out),
    Kind("moves a statement into a block", 0.3, statements.move_in),
    Kind("returns, yields or raises a value", 0.45, statements.returning),
    Kind("returns another value", 0.35, statements.other_result),
    Kind("leaves a loop or function differently", 0.4, statements.leave),
    Kind("changes a branch", 0.3, statements.branch),
    Kind("makes a statement unconditional", 0.3, statements.unconditional, removes=True),
    Kind("adds an early exit", 0.2, insertions.guard),
    Kind("runs a statement only if a condition holds", 0.2, insertions.only_if),
    Kind("repeats a statement", 0.15, insertions.copy),
    Kind("repeats a statement for another variable", 0.12, insertions.copy_with),
    Kind("assigns a variable", 0.12, insertions.assign),
    Kind("counts a variable", 0.15, insertions.step),
    Kind("makes a new default in each call", 0.7, insertions.fresh_default),
)
