"""Columns of the database: amounts as whole 分, ratios as basis points."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import FieldError
from django.db import models
from django.db.models import lookups
from django.db.models.expressions import Combinable, Expression, Value, register_combinable_fields

from linkage.money import ratios
from linkage.money.numbers import BIGINT_MAX, INTEGER_MAX, scaled
from linkage.money.typed import PercentField


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
        return scaled(value, self.places, self.limit, self.too_precise)

    def deconstruct(self) -> Any:
        """Migrations name the package, whatever file a field stands in."""
        name, _, args, kwargs = super().deconstruct()
        return name, f"linkage.money.{type(self).__name__}", args, kwargs


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
    places = ratios.PLACES
    limit = INTEGER_MAX
    internal_type = "IntegerField"
    too_precise = ratios.TOO_PRECISE

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


def money_value(amount_yuan: Decimal | int | str | None) -> Value:
    """A literal amount in 元 for use beside money columns in an expression."""
    return Value(amount_yuan, output_field=MoneyField())
