"""One line of a treasury export → what is kept of it: payees masked, numbers of persons out, the official checks as flags."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from funds.actions.voucher import mask_payee
from funds.checks import TREASURY_FLAGS
from funds.models import PaymentNature, VoucherKind
from linkage.excel.feeds import HAN
from linkage.figures.names import squeeze

_SIGNS = re.compile(r"[#$%^&*=<>|\\~`@{}\[\]?？�★☆●■◆]|[\ue000-\uf8ff]")
_LONG_NUMBER = re.compile(
    r"(?<!\d)(?!20[12]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))\d{7,}[\dXx]"  # eight and more in a row, but no day
    r"|(?<!\d)\d{4}(?:[ -]\d{4}){2,4}(?:[ -]\d{1,4})?(?!\d)|(?<!\d)1[3-9]\d[ -]\d{4}[ -]\d{4}(?!\d)|(?<!\d)\d{6}[ -]\d{8}[ -]\d{3}[\dXx]"
)
_NATURES: tuple[tuple[re.Pattern, str], ...] = tuple(
    (re.compile(words), nature)
    for words, nature in (
        (r"质保金|质量保证金", PaymentNature.RETENTION), (r"预付|备料款|启动资金", PaymentNature.ADVANCE), (r"进度款|工程进度", PaymentNature.PROGRESS),
        (r"结算款|决算|尾款|竣工款", PaymentNature.FINAL), (r"管理费|监理费|设计费|评审费", PaymentNature.FEE),
        (r"补助|补贴|奖补|奖励|贴息|保费|工资|发放", PaymentNature.GRANT),
    )
)  # fmt: skip
_REFUND, _CORRECTION, _ISSUE = re.compile(r"退款|退回|收回"), re.compile(r"更正|冲销|冲减|红字"), re.compile(r"核拨|实拨|拨款到单位|调库")
CODES = frozenset({"voucher_no", "application_no", "budget_code", "region_code", "quota_no"})
_WIDE = re.compile(r"[０-９]")
KEPT = ("region", "region_code", "agency", "voucher_no", "application_no", "quota_no", "budget_code", "budget_project", "fund")
LONGEST = {"voucher_no": 60, "application_no": 60, "quota_no": 80, "budget_code": 60, "budget_project": 200, "purpose": 200, "region": 60,
           "region_code": 20, "agency": 120, "fund": 120}  # fmt: skip


def clean_payment(read: dict[str, Any], today: date) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What is kept of a line, and its doubts (key, message). Nothing in it names a natural person or holds an account."""
    values = {key: without_numbers(read[key], key)[: LONGEST[key]] for key in KEPT if read.get(key)}
    flags = list(_flags(read, today))
    amount, paid_on = read.get("amount_yuan"), read.get("paid_on")
    purpose = str(read.get("purpose", ""))
    kind = _kind(str(read.get("kind_words", "")), purpose, amount)
    if amount is not None:
        if amount < 0:
            flags.append("negative")
        values["amount_yuan"] = abs(amount)
    if paid_on is not None:
        values["paid_on"] = paid_on
    values |= {"kind": kind, "purpose": without_numbers(purpose)[:200], "payee": mask_payee(without_numbers(str(read.get("payee", ""))))[:80]}
    if nature := nature_of(purpose):
        values["nature"] = nature
    if flags:
        values["flags"] = flags
    return values, [TREASURY_FLAGS[flag] for flag in flags]


def _flags(read: Mapping[str, Any], today: date) -> Iterable[str]:
    purpose = str(read.get("purpose", "")).strip()
    if not purpose:
        yield "purpose_blank"
    elif not HAN.search(purpose):
        yield "purpose_no_han"
    if _SIGNS.search(purpose):
        yield "purpose_signs"
    if any(name and squeeze(name).isdecimal() for name in (read.get("payee"), read.get("payer"))):
        yield "name_digits"
    if read.get("payee_account") is True or read.get("payer_account") is True:
        yield "account_han"
    paid_on, imported_on = read.get("paid_on"), read.get("imported_on")
    if paid_on and paid_on > today:
        yield "future"
    if paid_on and imported_on and imported_on < paid_on:
        yield "imported_before_paid"


def _kind(words: str, purpose: str, amount: Decimal | None) -> str:
    """支付, unless the source says otherwise; a negative amount is a refund, or a correction where it says so."""
    if _CORRECTION.search(words) or (amount is not None and amount < 0 and _CORRECTION.search(purpose)):
        return str(VoucherKind.CORRECTION)
    if (amount is not None and amount < 0) or _REFUND.search(words):
        return str(VoucherKind.REFUND)
    return str(VoucherKind.ISSUE if _ISSUE.search(words) else VoucherKind.PAY)


def nature_of(purpose: str) -> str:
    """款项性质 by the words of the purpose; "" when they do not say."""
    return next((str(nature) for pattern, nature in _NATURES if pattern.search(purpose)), "")


def without_numbers(text: str, key: str = "") -> str:
    """A text without numbers that might be an account, an identity card or a telephone, also in groups; codes stay as they are."""
    if key in CODES:
        return text
    return _LONG_NUMBER.sub(lambda found: f"{found[0][:2]}****{found[0][-2:]}", unicodedata.normalize("NFKC", text) if _WIDE.search(text) else text)


# -- keys -----------------------------------------------------------------------------------------------------------------


def payment_key(unit_slug: str, values: Mapping[str, Any]) -> str:
    """支付凭证号, else 支付申请号, else a fingerprint of the line, within the unit (design §7); at most 72 signs."""
    if values.get("voucher_no"):
        key = f"{unit_slug}/V{values['voucher_no']}"
    elif values.get("application_no"):
        key = f"{unit_slug}/A{values['application_no']}"
    else:
        return f"{unit_slug}/F{fingerprint(values)}"
    return key if len(key) <= 72 else f"{unit_slug}/H{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def fingerprint(values: Mapping[str, Any]) -> str:
    """The same for the same line however it is spaced; of what is kept only, so that no account can be guessed from it."""
    parts = [_plain(values.get(key)) for key in ("kind", "amount_yuan", "paid_on", "payee", "purpose", "quota_no", "budget_code", "budget_project")]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return squeeze(value)


ALWAYS = ("kind", "amount_yuan", "paid_on", "payee")  # what must be the same for two lines to say the same
WHERE_BOTH = ("purpose", "quota_no", "budget_code", "budget_project")  # and what where both say it
WORDS = {"kind": "种类", "amount_yuan": "金额（元）", "paid_on": "支付日期", "payee": "收款方", "purpose": "用途", "quota_no": "指标文号",
         "budget_code": "预算项目编码", "budget_project": "预算项目"}  # fmt: skip


def content(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What a line says, as it is compared."""
    return tuple("" if key == "paid_on" and "date_assumed" in values.get("flags", ()) else _plain(values.get(key)) for key in (*ALWAYS, *WHERE_BOTH))


def same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Do two lines say the same? Column sets differ: what one of them leaves out is no difference."""
    return all(a == b or not a or not b for a, b in zip(one[2:], other[2:], strict=True)) and one[:2] == other[:2]
