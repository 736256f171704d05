"""Which project's money a payment of the treasury belongs to (features 9.1): by memory, by 文号 and name, else proposed to a person.

Nothing unsure is decided here: a match is made only where document and name agree and nobody else fits; everything else
becomes proposals with their reasons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rapidfuzz import fuzz

from funds.models import Allocation, MatchAnswer, TreasuryMatch
from linkage.figures.names import squeeze
from linkage.money import wan_text

SURE, APART, LIKELY = 92, 10, 55  # of 100: so alike is the same; so far before the second; less is not even proposed
MOST_PROPOSED = 3
SHORTEST_NAME = 5  # signs; a shorter name found in other words says nothing


@dataclass(frozen=True)
class Candidate:
    """One allocation as it is compared."""

    allocation: int
    project: int
    name: str
    plain: str
    code: str
    documents: frozenset[str]
    tracking: str
    amount_yuan: Decimal
    decided_on: date
    level: str
    document_no: str


@dataclass(frozen=True)
class Proposal:
    """A candidate with what speaks for it, best first."""

    candidate: Candidate
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """`answer` "" when unsure; `how` "memory" or "auto" otherwise; `reason` in words."""

    answer: str = ""
    candidate: Candidate | None = None
    how: str = ""
    reason: str = ""


def document_key(text: str | None) -> str:
    """A document number as it is compared: brackets of one kind, without blanks."""
    plain = squeeze(text or "").replace("(", "（").replace(")", "）")
    return plain.translate(str.maketrans("[]【】", "〔〕〔〕"))[:80]


def budget_key(values: Mapping[str, Any]) -> str:
    """What names the 预算项目 of a line: its code, else its name, else the words of the purpose; at most 80 signs."""
    if code := squeeze(values.get("budget_code")):
        return code[:80]
    name = squeeze(values.get("budget_project"))
    key = name or f"用途：{squeeze(values.get('purpose'))}"
    return key if len(key) <= 80 else f"{key[:47]}{hashlib.sha256(key.encode()).hexdigest()[:32]}"


class Matcher:
    """Allocations and memories of some units. Two queries when made, none afterwards."""

    def __init__(self, unit_ids: Collection[int]):
        self.by_unit: dict[int, list[Candidate]] = {}
        self.by_allocation: dict[int, Candidate] = {}
        rows = Allocation.objects.filter(county_allocation__unit__in=unit_ids).order_by("pk").values_list(
            "county_allocation__unit_id", "pk", "project_id", "project__name", "project__code", "document_no", "county_allocation__document_no",
            "county_allocation__batch__document_no", "county_allocation__batch__tracking_code", "amount_yuan", "decided_on",
            "county_allocation__batch__level",
        )  # fmt: skip
        for unit, pk, project, name, code, own, share, batch, tracking, amount, decided, level in rows:
            documents = frozenset(document_key(one) for one in (own, share, batch) if one)
            made = Candidate(pk, project, name, squeeze(name), code, documents, squeeze(tracking), amount, decided, level, share or batch)
            self.by_unit.setdefault(unit, []).append(made)
            self.by_allocation[pk] = made
        kept = TreasuryMatch.objects.filter(unit__in=unit_ids).values_list("unit_id", "budget_key", "quota_key", "answer", "allocation_id")
        self.memory = {(unit, budget, quota): (answer, allocation) for unit, budget, quota, answer, allocation in kept}
        self._known: dict[tuple, Match] = {}
        self._pools: dict[tuple[int, str, str], list[Candidate]] = {}

    def match(self, unit_id: int, values: Mapping[str, Any]) -> Match:
        """The allocation a line belongs to, when that is sure. Lines of one 预算项目, 文号 and purpose are asked about once."""
        budget, quota = budget_key(values), document_key(values.get("quota_no"))
        key = (unit_id, budget, quota, squeeze(values.get("purpose")), squeeze(values.get("fund")))
        if key not in self._known:
            self._known[key] = self._remembered(unit_id, budget, quota) or self._found(unit_id, values, quota)
        return self._known[key]

    def _remembered(self, unit_id: int, budget: str, quota: str) -> Match | None:
        answer, allocation = self.memory.get((unit_id, budget, quota), ("", None))
        if not answer:
            return None
        return Match(answer, self.by_allocation.get(allocation) if allocation else None, "memory", "以前由人认定")

    def _pool(self, unit_id: int, quota: str, fund: str) -> list[Candidate]:
        """Allocations of the unit under that document or tracking mark; none when the line names neither or none of ours."""
        key = (unit_id, quota, fund)
        if key not in self._pools:
            own = self.by_unit.get(unit_id, ())
            found = [one for one in own if quota and quota in one.documents]
            self._pools[key] = found or [one for one in own if one.tracking and fund and one.tracking in fund]
        return self._pools[key]

    def _found(self, unit_id: int, values: Mapping[str, Any], quota: str) -> Match:
        pool = self._pool(unit_id, quota, squeeze(values.get("fund")))
        if not pool and quota:
            return Match()  # a document none of our money came with: a person says so
        words = "指标文号和项目名称一致" if pool else "项目名称一致，且只有这一笔资金"
        own = pool or self.by_unit.get(unit_id, [])
        named = _named(own, values)
        if len(named) == 1:
            return Match(MatchAnswer.ALLOCATION, named[0], "auto", words)
        if named or not pool:
            return Match()
        ranked = sorted(((_likeness(one, values), one) for one in pool), key=lambda pair: -pair[0])
        if ranked[0][0] >= SURE and (len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= APART):
            return Match(MatchAnswer.ALLOCATION, ranked[0][1], "auto", f"指标文号一致，项目名称相近（{ranked[0][0]}/100）")
        return Match()

    def proposals(self, unit_id: int, values: Mapping[str, Any]) -> list[Proposal]:
        """What a person may choose from, the likeliest first, each with its reasons."""
        quota, amount = document_key(values.get("quota_no")), values.get("amount_yuan")
        pool = {one.allocation for one in self._pool(unit_id, quota, squeeze(values.get("fund")))}
        found = []
        for one in self.by_unit.get(unit_id, ()):
            alike, listed = _likeness(one, values), one.allocation in pool
            score = alike + (30 if listed else 0)
            if score < LIKELY:
                continue
            reasons = ["指标文号一致"] if listed else ["指标文号不同"] if quota else []
            reasons.append("名称相同" if alike == 100 else f"名称相近 {alike}/100")
            if amount is not None and amount > one.amount_yuan:
                score -= 20
                reasons.append(f"本笔超过安排的 {wan_text(one.amount_yuan)} 万元")
            found.append(Proposal(one, score, tuple(reasons)))
        return sorted(found, key=lambda one: (-one.score, one.candidate.allocation))[:MOST_PROPOSED]


def _named(pool: Collection[Candidate], values: Mapping[str, Any]) -> list[Candidate]:
    """Candidates whose own name or number the line holds: as the 预算项目, else inside its words."""
    name, purpose, code = squeeze(values.get("budget_project")), squeeze(values.get("purpose")), squeeze(values.get("budget_code"))
    exact = [one for one in pool if (name and one.plain == name) or (code and one.code == code)]
    if exact:
        return exact
    inside = [one for one in pool if len(one.plain) >= SHORTEST_NAME and (one.plain in purpose or one.plain in name)]
    longest = max((len(one.plain) for one in inside), default=0)
    return [one for one in inside if len(one.plain) == longest]


def _likeness(one: Candidate, values: Mapping[str, Any]) -> int:
    """0..100: the better of the 预算项目's name and of the purpose's words."""
    name, purpose = squeeze(values.get("budget_project")), squeeze(values.get("purpose"))
    by_name = fuzz.ratio(one.plain, name) if name else 0
    by_purpose = fuzz.partial_ratio(one.plain, purpose) * 0.9 if len(purpose) >= SHORTEST_NAME else 0
    return round(max(by_name, by_purpose))
