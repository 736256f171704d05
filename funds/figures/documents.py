"""The treasury's budget documents beside ours: which are the same, which differ, which are missing on one side (features 9.1)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from funds.figures.matching import document_key
from funds.models import CountyAllocation, Level
from linkage.figures.names import squeeze
from linkage.models import FundTask, Region

ZERO = Decimal("0.00")
OURS = re.compile(r"衔接|乡村振兴|脱贫|以工代赈|少数民族发展|欠发达|帮扶")
_LEVELS = (
    (re.compile("中央"), Level.CENTRAL), (re.compile("省"), Level.PROVINCIAL), (re.compile("市|地区|地级"), Level.PREFECTURE),
    (re.compile("县|(?<!地)区级"), Level.COUNTY),
)  # fmt: skip


class Standing(StrEnum):
    EQUAL = "equal"
    DIFFERS = "differs"
    ONLY_THEIRS = "only_theirs"


@dataclass
class Document:
    """One document and unit. Money in 元: `theirs_yuan` the treasury's lines, `ours_yuan` our shares, None without any."""

    number: str
    unit: Region
    theirs_yuan: Decimal = ZERO
    ours_yuan: Decimal | None = None
    lines: int = 0
    upper: str = ""
    level: str = ""
    words: str = ""
    issued_on: date | None = None
    fund_year: int | None = None
    batch: int | None = None
    tasks: list[str] = field(default_factory=list)

    @property
    def standing(self) -> Standing:
        if self.ours_yuan is None:
            return Standing.ONLY_THEIRS
        return Standing.EQUAL if self.ours_yuan == self.theirs_yuan else Standing.DIFFERS

    @property
    def difference_yuan(self) -> Decimal:
        """The treasury's amount minus ours."""
        return self.theirs_yuan - (self.ours_yuan or ZERO)


def level_of(words: str) -> str:
    """资金层级 by the words of 预算级次 or 资金来源; "" when they name none or several."""
    found = {str(level) for pattern, level in _LEVELS if pattern.search(words)}
    return found.pop() if len(found) == 1 else ""


def compare(lines, shares) -> tuple[list[Document], int]:
    """Documents of the budget lines in sight beside the shares in sight, and how many lines are no money of ours. Three queries.

    A document is matched by its own number or that of the document above it, and by unit; lines of other funds are only counted.
    """
    by_number: dict[tuple[int, str], list[CountyAllocation]] = {}
    for share in shares.select_related("batch"):
        for number in {document_key(share.document_no), document_key(share.batch.document_no)} - {""}:
            by_number.setdefault((share.unit_id, number), []).append(share)
    found: dict[tuple[int, str], Document] = {}
    others = 0
    tasks = list(FundTask.objects.filter(is_active=True))
    for line in lines.standing().filter(superseded_by__isnull=True).select_related("region").order_by("document_no", "pk"):
        number, upper = document_key(line.document_no), document_key(line.upper_document_no)
        known = by_number.get((line.region_id, number)) or by_number.get((line.region_id, upper)) or []
        words = f"{line.fund_words}{line.summary}{line.budget_project}"
        if not known and not OURS.search(words):
            others += 1
            continue
        one = found.setdefault((line.region_id, number), Document(line.document_no, line.region))
        one.theirs_yuan += line.amount_yuan
        one.lines += 1
        one.upper, one.issued_on, one.fund_year = line.upper_document_no, line.issued_on, line.fund_year or (line.issued_on and line.issued_on.year)
        one.level, one.words = one.level or level_of(line.level_words), one.words or line.summary or line.budget_project
        one.tasks += [task.name for task in tasks if _names(task, words) and task.name not in one.tasks]
        if known:
            one.ours_yuan, one.batch = sum((share.amount_yuan for share in known), ZERO), known[0].batch_id
    return sorted(found.values(), key=lambda one: (one.standing == Standing.EQUAL, -abs(one.difference_yuan))), others


def _names(task: FundTask, words: str) -> bool:
    return squeeze(task.name) in squeeze(words) or (len(task.short_name) > 2 and task.short_name in words)


def differing(documents: Collection[Document]) -> list[Document]:
    """Those that somebody has to look at."""
    return [one for one in documents if one.standing != Standing.EQUAL]

