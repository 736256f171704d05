"""One row of 我的待办, and the order of its consequences (features 10.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linkage import periods

# Consequence: what is overdue goes before what is due, what stops others before what concerns oneself alone.
OVERDUE, RETURNED, DUE, WAITING, NOTICE = range(5)
RANK_WORDS = ("overdue", "returned", "due", "waiting", "notice")
SHOWN_PER_SOURCE = 6


@dataclass(frozen=True)
class Todo:
    """One row of the queue; `button` names what happens on `url`. `due_words`: a term that is not counted in days."""

    rank: int
    what: str
    why: str
    url: str
    button: str
    due_at: datetime | None = None
    due_words: str = ""

    @property
    def kind(self) -> str:
        """The key of its badge."""
        return RANK_WORDS[self.rank]

    @property
    def order(self) -> tuple:
        return (self.rank, self.due_at or periods.moment(periods.day_of(periods.now())), self.what)
