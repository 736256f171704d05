"""The one guard of closed years: what is dated in one cannot be written, changed or taken back (features 4.10)."""

from __future__ import annotations

from datetime import date, datetime

from funds.models import YearClosing
from linkage import periods
from linkage.errors import Refusal
from linkage.models import Region


class YearClosed(Refusal):
    """The day lies in a closed year."""

    code = "year_closed"


def locked_through(region: Region, at: datetime) -> int:
    """The last closed year of the books this region belongs to; 0 when none is. One query."""
    years = YearClosing.objects.locking(region.path).order_by("-year").values_list("year", flat=True)
    return years.first() or 0


def require_open(region: Region, *days: date, at: datetime, fund_year: int | None = None) -> None:
    """Raises YearClosed when one of the days lies in a closed year. Money of a later fund year is not in those books.

    Asks the database only about days of an earlier year than today's: the present one is never closed.
    """
    this_year = periods.day_of(at).year
    past = [day for day in days if day.year < this_year]
    if not past:
        return
    closed = locked_through(region, at)
    if min(past).year <= closed and (fund_year is None or fund_year <= closed):
        raise YearClosed(
            f"{min(past).year} 年度已经结账，{periods.day_words(min(past))}的数不能再登记或改动；确需更正的，请财政局或专班办公室主任申请重新开账。"
        )
