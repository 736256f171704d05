"""Form fields: amounts typed in 万元, ratios typed in percent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from linkage.money.amounts import from_wan, plausible, wan_input, wan_text, yuan
from linkage.money.numbers import NUMBER, decimal, plain_text
from linkage.money.ratios import exact_ratio


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
        plain = plain_text(str(value)).removesuffix("%").strip()
        if not plain:
            return None
        if not NUMBER.fullmatch(plain):
            raise ValidationError(self.error_messages["not_a_number"], code="not_a_number")
        return exact_ratio(decimal(plain).scaleb(-2))

    def prepare_value(self, value: Any) -> Any:
        """An initial ratio (Decimal) becomes a percentage without superfluous zeros."""
        return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (None if initial in (None, "") else initial)
        except ValidationError:
            return True
