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

from .amounts import (
    CENT,
    MOST_YUAN,
    NOTHING,
    POWERS,
    SHORT_UNITS,
    from_wan,
    plausible,
    read_wan,
    to_wan,
    wan_input,
    wan_text,
    yuan,
    yuan_text,
)
from .columns import MoneyField, RatioField, ScaledIntegerField, money_value
from .numbers import BIGINT_MAX, INTEGER_MAX
from .ratios import BASIS_POINT, percent, percent_text, points, points_text, points_words, ratio, stored_ratio
from .typed import PercentField, WanField

__all__ = [
    "BASIS_POINT",
    "BIGINT_MAX",
    "CENT",
    "INTEGER_MAX",
    "MOST_YUAN",
    "NOTHING",
    "POWERS",
    "SHORT_UNITS",
    "MoneyField",
    "PercentField",
    "RatioField",
    "ScaledIntegerField",
    "WanField",
    "from_wan",
    "money_value",
    "percent",
    "percent_text",
    "plausible",
    "points",
    "points_text",
    "points_words",
    "ratio",
    "read_wan",
    "stored_ratio",
    "to_wan",
    "wan_input",
    "wan_text",
    "yuan",
    "yuan_text",
]
