"""Personal data that must not be written down: identity numbers, mobile phones, bank accounts (design §6)."""

import re
import unicodedata

from django.core.exceptions import ValidationError

_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])")
_ACCOUNT = re.compile(r"(?<![\d-])(?:\d{15,21}|\d{4}(?: \d{4}){3}(?: \d{1,4})?)(?![\d-])")
_MOBILE = re.compile(r"(?<![\d-])1[3-9]\d(?:[ -]?\d{4}){2}(?![\d-])")
_KINDS = (("身份证号", _IDENTITY), ("银行账号", _ACCOUNT), ("手机号码", _MOBILE))
_FOUR_DIGITS = re.compile(r"\d{4}")  # every one of them holds four in a row; most texts of a long sheet do not


def kinds_in(text: str) -> list[str]:
    """Which kinds of personal numbers a text seems to hold, in words; empty when none.

    Full-width digits and groups of four are understood. Codes of the national investment platform, which are hyphenated,
    document numbers and office phones are no finding.
    """
    plain, found = unicodedata.normalize("NFKC", text or ""), []
    if not _FOUR_DIGITS.search(plain):
        return found
    for words, pattern in _KINDS:
        plain, count = pattern.subn(" ", plain)
        if count:
            found.append(words)
    return found


def found_in(text: str) -> str:
    """The same as one phrase; empty when none."""
    return "、".join(kinds_in(text))


def refuse_personal(text: str) -> None:
    """A form validator: such data are refused, not masked."""
    kind = found_in(text)
    if kind:
        raise ValidationError(f"这里不能填写{kind}。联系方式只登记办公电话。", code="personal_data")
