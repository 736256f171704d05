"""Money and ratios: stored as whole numbers, spoken as ``Decimal``, never as float.

Inside the program an amount is a ``Decimal`` in 元 with two places and its name ends in ``_yuan``. The database
holds whole 分 (``MoneyField``), so sums and comparisons are exact on both engines. 万元 exist only at the edge: forms,
templates, sheets (``*_wan``), where six decimals are exactly one 分. A ratio is a ``Decimal`` around 0..1 named
``*_ratio``; the database holds basis points (``RatioField``).

In queries::

    Sum("paid_yuan", default=0)                      # Decimal 元, zero when there is no row
    Coalesce(Subquery(...), money_value(0))          # a literal beside a column needs money_value()
    filter(paid_yuan__lt=Decimal("5.00"))            # plain lookups take 元
    filter(paid_yuan__gt=F("allocated_yuan") - F("withheld_yuan"))

``MoneyField`` is deliberately no ``IntegerField``: there ``F("paid_yuan") + 5`` or ``Coalesce(Sum("paid_yuan"), 5)``
would mean five 分 without a word; here Django refuses the mixture with a ``FieldError``. Averages are total ÷ count.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import lookups
from django.db.models.expressions import Combinable, Expression, Value, register_combinable_fields

CENT = Decimal("0.01")
BASIS_POINT = Decimal("0.0001")
NOTHING = "—"  # printed where there is no number

BIGINT_MAX = 9_223_372_036_854_775_807
INTEGER_MAX = 2_147_483_647
MOST_YUAN = Decimal(10**11)  # 1,000 亿元: no one amount comes near; 90,000 of them still sum up within a BIGINT
DIGITS = 60  # working precision of the helpers: nothing the fields accept comes near it

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
POWERS = {"元": 0, "千元": 3, "万元": 4, "百万元": 6, "亿元": 8}  # unit → power of ten of one 元
SHORT_UNITS = {"万": "万元", "百万": "百万元", "亿": "亿元"}
_WITH_UNIT = re.compile(r"(.*?)\s*(千元|百万元?|万元?|亿元?|元)", re.DOTALL)
_WHOLE_CENTS = re.compile(r"(-?)(\d{1,20})\.(\d\d)", re.ASCII)
_SIGNS = str.maketrans({"−": "-", "﹣": "-", "–": "-", "。": "."})  # what NFKC leaves alone


# -- pure helpers -----------------------------------------------------------------------------------------------------


def yuan(value: Decimal | int | str) -> Decimal:
    """An amount in 元 rounded half up to 分. Refuses floats and whatever is no number with a ``ValidationError``."""
    number = _decimal(value)
    return number if number.as_tuple().exponent == -2 else _round(number, CENT)


def from_wan(value: Decimal | int | str | None) -> Decimal | None:
    """Read 万元 as a person writes them and return 元; blank is None.

    Accepts thousands separators, full-width digits, signs and points. More than six decimals would be less than one 分
    and is refused, never rounded. Every refusal is a ``ValidationError`` that says how to write the amount.
    """
    if value is None:
        return None
    number = _number_in(value) if isinstance(value, str) else _decimal(value)
    if number is None:
        return None
    with localcontext(prec=DIGITS):
        cents = number.scaleb(6)
        if cents != cents.to_integral_value():
            raise ValidationError("金额以万元计最多写 6 位小数（精确到分），请改写。", code="too_precise")
        return _cents_to_yuan(_in_range(int(cents), BIGINT_MAX))


def read_wan(text: str) -> tuple[Decimal | None, str]:
    """Read an amount for a place in 万元 where a person may also write the unit; (元 or None for blank, what to look at).

    As `from_wan`, and "12.5万", "12.5万元". Another unit ("125000元", "0.3亿元") is converted, never taken as 万元; the second
    value then says so in words. What is finer than 分 is refused.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_SIGNS).strip()
    found = _WITH_UNIT.fullmatch(plain)
    if not found:
        return from_wan(text), ""
    number = _number_in(found[1], said=text)
    if number is None:
        raise ValidationError(_what_is_wrong(plain), code="not_a_number", params={"value": text.strip()})
    power = POWERS[SHORT_UNITS.get(found[2], found[2])]
    with localcontext(prec=DIGITS):
        cents = number.scaleb(power + 2)
        if cents != cents.to_integral_value():
            raise ValidationError("“%(value)s”精确到了分以下，请核对。", code="too_precise", params={"value": text.strip()})
    amount = _cents_to_yuan(_in_range(int(cents), BIGINT_MAX))
    return amount, "" if power == POWERS["万元"] else f"“{text.strip()}”已折算为 {wan_text(amount)} 万元，请核对。"


def plausible(amount_yuan: Decimal | None) -> Decimal | None:
    """An amount that came from a person or a sheet, refused beyond MOST_YUAN: sums over a slip would break every figure."""
    if amount_yuan is not None and abs(amount_yuan) > MOST_YUAN:
        raise ValidationError("数字过大，请核对单位。", code="too_large")
    return amount_yuan


def to_wan(amount_yuan: Decimal | int | str) -> Decimal:
    """元 as 万元, exact: two to six decimals, no superfluous zeros after the second."""
    with localcontext(prec=DIGITS):
        cents, places = int(yuan(amount_yuan).scaleb(2)), 6
        while places > 2 and cents % 10 == 0:
            cents, places = cents // 10, places - 1
        return Decimal(cents).scaleb(-places)


def wan_text(amount_yuan: Decimal | int | str | None, digits: int | None = None) -> str:
    """万元 for reading, "1,234.50"; exact unless `digits` asks for that many decimals, rounded half up. None → "—"."""
    if amount_yuan is None:
        return NOTHING
    if digits is None and type(amount_yuan) is Decimal and (whole_cents := _WHOLE_CENTS.fullmatch(f"{amount_yuan:f}")):
        return _exact_text(*whole_cents.groups())  # as amounts are stored: long lists have a hundred thousand of them
    wan = to_wan(amount_yuan)
    return f"{wan if digits is None else _round(wan, Decimal(1).scaleb(-digits)):,f}"


def _exact_text(sign: str, yuan_digits: str, cent_digits: str) -> str:
    whole, rest = divmod(int(yuan_digits + cent_digits), 10**6)
    decimals = f"{rest:06d}"
    return f"{sign if whole or rest else ''}{whole:,}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def wan_input(amount_yuan: Decimal | int | str | None) -> str:
    """万元 for an input box, "1234.50": exact, without separators; None → empty."""
    return "" if amount_yuan is None else f"{to_wan(amount_yuan):f}"


def yuan_text(amount_yuan: Decimal | int | str | None) -> str | None:
    """元 for the API and for files, "182500.00"; None stays None."""
    return None if amount_yuan is None else f"{yuan(amount_yuan):f}"


def ratio(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Decimal | None:
    """numerator ÷ denominator, unrounded, to be rounded once when shown. None when there is nothing to divide by."""
    if numerator is None or denominator is None or denominator == 0:
        return None
    return Decimal(numerator) / Decimal(denominator)


def stored_ratio(value: Decimal | None) -> Decimal | None:
    """A computed ratio rounded half up to the four decimals a ``RatioField`` keeps."""
    return None if value is None else _round(value, BASIS_POINT)


def percent(value: Decimal, digits: int = 1) -> Decimal:
    """A ratio as the percentage that is shown, rounded half up."""
    return _round(_decimal(value) * 100, Decimal(1).scaleb(-digits))


def percent_text(value: Decimal | None, digits: int = 1) -> str:
    """0.3333 → "33.3%"; None → "—"."""
    return NOTHING if value is None else f"{percent(value, digits):f}%"


def points(a: Decimal | None, b: Decimal | None, digits: int = 1) -> Decimal | None:
    """a − b in percentage points: the difference of the *displayed* values, so that a reader can check it (4.3)."""
    if a is None or b is None:
        return None
    return percent(a, digits) - percent(b, digits)


def points_text(a: Decimal | None, b: Decimal | None, digits: int = 1) -> str:
    """points() as text, signed: "+3.1 个百分点", "-0.4 个百分点", "0.0 个百分点"; "—" when either is missing."""
    gap = points(a, b, digits)
    if gap is None:
        return NOTHING
    return f"{gap:+f} 个百分点" if gap else f"{abs(gap):f} 个百分点"


def points_words(a: Decimal | None, b: Decimal | None, digits: int = 1) -> str:
    """points() in words for a sentence: "高 3.1 个百分点", "低 0.4 个百分点", "持平"; "—" when either is missing."""
    gap = points(a, b, digits)
    if gap is None:
        return NOTHING
    return f"{'高' if gap > 0 else '低'} {abs(gap):f} 个百分点" if gap else "持平"


def money_value(amount_yuan: Decimal | int | str | None) -> Value:
    """A literal amount in 元 for use beside money columns in an expression."""
    return Value(amount_yuan, output_field=MoneyField())


def _decimal(value: Any) -> Decimal:
    """A finite Decimal from Decimal, int or plain text; ``ValidationError`` for all else, floats and bools included."""
    if isinstance(value, bool | float) or not isinstance(value, Decimal | int | str):
        raise ValidationError("请用十进制数填写，不能用浮点数或其他类型。", code="not_decimal")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValidationError("“%(value)s”不是数字。", code="not_a_number", params={"value": value}) from None
    if not number.is_finite():
        raise ValidationError("“%(value)s”不是数字。", code="not_a_number", params={"value": value})
    if number.adjusted() > DIGITS // 2:
        raise ValidationError("数字过大，请核对单位。", code="too_large")
    return number


def _round(value: Decimal, step: Decimal) -> Decimal:
    with localcontext(prec=DIGITS):
        return value.quantize(step, rounding=ROUND_HALF_UP)


def _number_in(text: str, *, said: str = "") -> Decimal | None:
    """The number a person wrote, None for blank; full-width forms and thousands separators understood. `said`: all that
    stands in the cell, for the message, where `text` is only the part before its unit."""
    plain = unicodedata.normalize("NFKC", text).translate(_SIGNS).strip()
    if not plain:
        return None
    if _NUMBER.fullmatch(plain):
        return _decimal(plain)
    if _GROUPED.fullmatch(plain):
        return _decimal(plain.replace(",", ""))
    raise ValidationError(_what_is_wrong(plain), code="not_a_number", params={"value": (said or text).strip()})


def _what_is_wrong(plain: str) -> str:
    if plain.endswith(("元", "万")):
        return "“%(value)s”带有单位，请只写以万元计的数字，如 18.25。"
    if "," in plain and _NUMBER.fullmatch(plain.replace(",", "")):
        return "“%(value)s”的千分位逗号位置不对，请写成 1,234.56 或 1234.56。"
    if "%" in plain:
        return "“%(value)s”是百分数，这里请写以万元计的金额，如 18.25。"
    return "“%(value)s”不是数字，请写以万元计的金额，如 18.25；没有请留空。"


def _in_range(stored: int, limit: int) -> int:
    if abs(stored) > limit:
        raise ValidationError("数字过大，请核对单位。", code="too_large")
    return stored


def _cents_to_yuan(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


# -- model fields -----------------------------------------------------------------------------------------------------


class ScaledIntegerField(models.Field):
    """A Decimal with a fixed number of places, stored as an integer. Subclasses name scale, column type and limit."""

    places: int
    limit: int
    internal_type: str
    too_precise: str

    def get_internal_type(self) -> str:
        return self.internal_type

    def to_python(self, value: Any) -> Decimal | None:
        """Decimal with exactly `places` places for Decimal, int and text, None for None; else ``ValidationError``."""
        if value is None:
            return None
        return Decimal(self._stored(value)).scaleb(-self.places)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.places)

    def get_prep_value(self, value: Any) -> int | None:
        value = super().get_prep_value(value)
        return None if value is None else self._stored(value)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.to_python(self.value_from_object(obj))
        return "" if value is None else f"{value:f}"

    def _stored(self, value: Any) -> int:
        number = _decimal(value)
        with localcontext(prec=DIGITS):
            scaled = number.scaleb(self.places)
            if scaled != scaled.to_integral_value():
                raise ValidationError(self.too_precise, code="too_precise")
        return _in_range(int(scaled), self.limit)


class MoneyField(ScaledIntegerField):
    """An amount in 元: Decimal with two places in Python, whole 分 in a BIGINT column.

    Takes Decimal, int or text; a float or a third decimal is a ``ValidationError``, never rounded.
    """

    description = "金额（元）"
    places = 2
    limit = BIGINT_MAX
    internal_type = "BigIntegerField"
    too_precise = "金额以元计最多 2 位小数（精确到分）。"

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": forms.DecimalField, "max_digits": 18, "decimal_places": 2, **kwargs})


class RatioField(ScaledIntegerField):
    """A ratio, 0.7500 for 75 %: Decimal with four places in Python, basis points in an INTEGER column.

    The range is not limited here: money paid above money allocated is a fault to show, not to lose. Round computed
    ratios with ``stored_ratio`` first.
    """

    description = "比率（0—1）"
    places = 4
    limit = INTEGER_MAX
    internal_type = "IntegerField"
    too_precise = "比率最多 4 位小数（百分数最多 2 位小数）。"

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": PercentField, **kwargs})


for _field in (MoneyField, RatioField):
    for _connector in (Combinable.ADD, Combinable.SUB):
        register_combinable_fields(_field, _connector, _field, _field)
register_combinable_fields(MoneyField, Combinable.MUL, models.IntegerField, MoneyField)
register_combinable_fields(models.IntegerField, Combinable.MUL, MoneyField, MoneyField)


class SameScale:
    """Refuse to compare a scaled column with an expression of another kind: 5 would silently mean five 分."""

    lhs: Any
    rhs: Any

    def get_prep_lookup(self) -> Any:
        rhs_field = getattr(self.rhs, "_output_field_or_none", None)
        if isinstance(self.rhs, Expression) and type(self.lhs.output_field) is not type(rhs_field):
            raise FieldError(
                f"{type(self.lhs.output_field).__name__} compared with an expression of another type; "
                "give the expression output_field=, or use linkage.money.money_value() for a literal."
            )
        return super().get_prep_lookup()  # type: ignore[misc]


for _name in ("Exact", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"):
    ScaledIntegerField.register_lookup(type(f"SameScale{_name}", (SameScale, getattr(lookups, _name)), {}))


# -- form fields ------------------------------------------------------------------------------------------------------


class WanField(forms.Field):
    """An amount typed in 万元; cleans to Decimal 元, blank to None. Validators see 元."""

    default_error_messages: ClassVar = {
        "required": "请填写金额（万元），没有请填 0。",
        "min_yuan": "金额不得小于 %(limit)s 万元。",
        "max_yuan": "金额不得大于 %(limit)s 万元。",
    }

    def __init__(
        self, *, min_yuan: Decimal | int | None = 0, max_yuan: Decimal | int | None = None, **kwargs: Any
    ) -> None:
        self.min_yuan, self.max_yuan = min_yuan, max_yuan
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        return plausible(from_wan(value))

    def validate(self, value: Decimal | None) -> None:
        super().validate(value)
        if value is not None and self.min_yuan is not None and value < self.min_yuan:
            raise self._outside("min_yuan", self.min_yuan)
        if value is not None and self.max_yuan is not None and value > self.max_yuan:
            raise self._outside("max_yuan", self.max_yuan)

    def _outside(self, code: str, limit: Decimal | int) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"limit": wan_text(limit)})

    def prepare_value(self, value: Any) -> Any:
        """An initial amount (Decimal or int 元) becomes 万元 text; what was typed is shown again as typed."""
        return wan_input(value) if isinstance(value, Decimal | int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (None if initial in (None, "") else yuan(initial))
        except ValidationError:
            return True


class PercentField(forms.Field):
    """A ratio typed as a percentage, "75" or "75%"; cleans to Decimal 0.7500, blank to None."""

    default_error_messages: ClassVar = {
        "required": "请填写百分数，如 75。",
        "not_a_number": "请填写百分数，如 75 或 75.5%。",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None:
            return None
        plain = unicodedata.normalize("NFKC", str(value)).translate(_SIGNS).strip().removesuffix("%").strip()
        if not plain:
            return None
        if not _NUMBER.fullmatch(plain):
            raise ValidationError(self.error_messages["not_a_number"], code="not_a_number")
        return RatioField().to_python(_decimal(plain).scaleb(-2))

    def prepare_value(self, value: Any) -> Any:
        """An initial ratio (Decimal) becomes a percentage without superfluous zeros."""
        return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (None if initial in (None, "") else initial)
        except ValidationError:
            return True
