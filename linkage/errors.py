"""What actions raise when they do not act. Pages show the message, the API answers 409 or 422 with the code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.checks import Problem


class Refusal(Exception):
    """The act is not done and nothing has changed. `message` (Chinese) says what is wrong and how to repair it."""

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None):
        super().__init__(message)
        self.message = message
        self.code = code or self.code


class WrongState(Refusal):
    """The object is not (or no longer) in a state that allows this move."""

    code = "wrong_state"


class StaleRevision(Refusal):
    """Somebody changed the object after the person looked at it."""

    code = "stale_revision"


class SamePerson(Refusal):
    """Two acts that must be done by different persons."""

    code = "same_person"


class ProblemsFound(Refusal):
    """Checks at level 强制, or unexplained ones at level 核实, stand in the way; `problems` lists all of them."""

    code = "problems"

    def __init__(self, message: str, problems: Sequence[Problem]):
        super().__init__(message)
        self.problems = list(problems)
