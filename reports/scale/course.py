"""What happens to one project of the scale data, as a function of the day: facts, payments. Asks the database nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from linkage.money import BASIS_POINT
from linkage.periods import age_days, shift
from projects.models import Method

WAN = Decimal(10_000)
ZERO = Decimal(0)
METHODS = (
    Method.WORKS, Method.PURCHASE, Method.WORKS, Method.GRANT, Method.WORKS, Method.TRAINING, Method.WORKS, Method.EQUITY,
    Method.WORKS, Method.SUBSIDY,
)  # fmt: skip
SHARES = tuple(Decimal(share) / 100 for share in (10, 15, 15, 15, 15, 15, 15))  # of each allocation, payment by payment


@dataclass(frozen=True)
class Course:
    """Project `number` of its unit. Everything follows from the number and the first and last day of the data."""

    number: int
    first: date
    last: date

    @property
    def method(self) -> str:
        return METHODS[self.number % len(METHODS)]

    @property
    def is_carried_over(self) -> bool:
        """Money and plan of the year before: every third project."""
        return self.number % 3 == 2

    @property
    def is_troubled(self) -> bool:
        return self.number % 20 == 4

    @cached_property
    def amounts(self) -> tuple[Decimal, ...]:
        """元 per allocation: one from the centre, for every fifth project a second from the province."""
        central = WAN * (20 + self.number * 37 % 180)
        return (central, WAN * (10 + self.number * 11 % 40)) if self.number % 5 == 0 else (central,)

    @cached_property
    def begin(self) -> date:
        return shift(self.first, days=self.number * 23 % max(1, age_days(self.first, self.last) * 2 // 3))

    @cached_property
    def length(self) -> int:
        return 60 + self.number * 13 % 150

    @cached_property
    def finish(self) -> date:
        return shift(self.begin, days=self.length)

    @cached_property
    def paydays(self) -> tuple[date, ...]:
        return tuple(shift(self.begin, days=self.length * step // len(SHARES)) for step in range(1, len(SHARES) + 1))

    def paid(self, amount: Decimal, day: date) -> Decimal:
        """元 paid of an allocation up to and including a day."""
        return amount * sum((share for share, on in zip(SHARES, self.paydays, strict=True) if on <= day), ZERO)

    def facts(self, day: date) -> dict[str, Any]:
        """What the county states on a day, by the columns of the method; empty before the project begins."""
        if day < self.begin:
            return {}
        facts = getattr(self, f"_{self.method}")(day)
        if self.is_troubled and day < self.finish:
            facts |= {"problem": "报账资料不全", "measures": "专人对接，限期补齐", "coordination": "请地区协调审核时限", "coordination_level": "prefecture"}
        return facts

    def _ratio(self, day: date) -> Decimal:
        done = min(1, age_days(self.begin, day) / self.length)
        return Decimal(int(done * 10)).scaleb(-1).quantize(BASIS_POINT)

    def _invested(self, day: date) -> Decimal:
        """完成投资 is never below what has been paid."""
        total = sum(self.amounts, Decimal(0))
        return max(total * self._ratio(day), self.paid(total, day))

    def _works(self, day: date) -> dict[str, Any]:
        facts = {"started_on": self.begin, "physical_ratio": self._ratio(day), "completed_investment_yuan": self._invested(day)}
        return facts | self._ends(day, "finished_on")

    def _purchase(self, day: date) -> dict[str, Any]:
        facts = {"contract_signed_on": self.begin, "completed_investment_yuan": self._invested(day)}
        return facts | ({"delivered_on": self.finish} if day >= self.finish else {}) | self._ends(day, "installed_on")

    def _ends(self, day: date, name: str) -> dict[str, Any]:
        accepted = shift(self.finish, days=20)
        return ({name: self.finish} if day >= self.finish else {}) | ({"accepted_on": accepted} if day >= accepted else {})

    def _grant(self, day: date) -> dict[str, Any]:
        households = 20 + self.number % 60
        return {
            "households_declared": households, "households_paid": households if day >= self.finish else households // 2,
            "publicised_on": self.begin,
        }  # fmt: skip

    def _training(self, day: date) -> dict[str, Any]:
        return {"people_trained": 40, "started_on": self.begin} | ({"finished_on": self.finish} if day >= self.finish else {})

    def _equity(self, day: date) -> dict[str, Any]:
        return {"contract_signed_on": self.begin, "publicised_on": self.begin, "completed_investment_yuan": self._invested(day)}

    def _subsidy(self, day: date) -> dict[str, Any]:
        done = sum(on <= day for on in self.paydays)
        return {"batches_done": done, "households_paid": done * 8}
