"""What the ledger of issues carries over a year's end (features 4.10)."""

from __future__ import annotations

from datetime import datetime

from funds.models import YearClosing
from issues.models import Issue


def open_issues(closing: YearClosing, at: datetime) -> tuple[str, int, str]:
    """Issues not yet signed off go on with their terms: words, number, address. One query."""
    number = Issue.objects.open().filter(unit__path__startswith=closing.region.path).count()
    return "没有销号的问题，转入下年继续整改，时限不变", number, "/issues/"
