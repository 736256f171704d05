"""What the three sheets share: naming a batch by its document, level and task, and words for what is wrong."""

from __future__ import annotations

from decimal import Decimal

from funds.models import Level
from linkage.excel import Field
from linkage.money import wan_text

LEVELS = {level.label: level.value for level in Level}

DOCUMENT = Field("document_no", "批次文号", required=True, max_length=80, help="与系统中登记的文号一致", width=24)
LEVEL = Field("level", "资金层级", "choice", True, choices=tuple(LEVELS))
SHARE_DOCUMENT = Field("share_document_no", "下达文号", max_length=80, help="同一批次分几次下达到县时填写", width=22)


def spaceless(text: str | None) -> str:
    """A document number as it is compared: without blanks, brackets of one kind."""
    return "".join((text or "").split()).replace("(", "（").replace(")", "）").replace("[", "〔").replace("]", "〕")


def over_limit(what: str, left: Decimal, needed: Decimal) -> str:
    return f"{what}只剩 {wan_text(left)} 万元，到本行为止不够 {wan_text(needed)} 万元。请调减本表金额或先调整下达。"
