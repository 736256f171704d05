"""Money is exact everywhere: as text, in the database on both engines, in forms (linkage/money/)."""

import json
import random
from decimal import Decimal
from typing import ClassVar

import pytest
from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import Case, CheckConstraint, Count, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import money
from linkage.money import MoneyField, PercentField, RatioField, WanField, money_value

D = Decimal


# -- words and numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "amount_yuan"),
    [
        ("18.25", "182500.00"),
        ("0.000001", "0.01"),
        ("1,234.56", "12345600.00"),
        ("12,345,678", "123456780000.00"),
        ("１８．２５", "182500.00"),
        ("１，２３４．５", "12345000.00"),
        ("－３．５", "-35000.00"),
        ("−3.5", "-35000.00"),
        ("+7", "70000.00"),
        ("12。5", "125000.00"),
        (".5", "5000.00"),
        ("5.", "50000.00"),
        ("　 18.25\t", "182500.00"),
        ("1.20000000", "12000.00"),
        ("0", "0.00"),
        (D("18.25"), "182500.00"),
        (3, "30000.00"),
    ],
)
def test_wan_is_read_as_people_write_it(written, amount_yuan):
    amount = money.from_wan(written)
    assert amount == D(amount_yuan)
    assert str(amount) == amount_yuan


@pytest.mark.parametrize("blank", [None, "", "   ", "\u3000", "\t\n"])
def test_blank_wan_is_none(blank):
    assert money.from_wan(blank) is None


@pytest.mark.parametrize(
    ("written", "code", "says"),
    [
        ("1.2345678", "too_precise", "6 位小数"),
        (D("0.0000001"), "too_precise", "6 位小数"),
        ("12,34", "not_a_number", "千分位"),
        ("1,2345", "not_a_number", "千分位"),
        ("3万元", "not_a_number", "单位"),
        ("30000元", "not_a_number", "单位"),
        ("3万", "not_a_number", "单位"),
        ("50%", "not_a_number", "百分数"),
        ("1e5", "not_a_number", "不是数字"),
        ("12.5.1", "not_a_number", "不是数字"),
        ("1 000", "not_a_number", "不是数字"),
        ("--3", "not_a_number", "不是数字"),
        ("(100)", "not_a_number", "不是数字"),
        ("=1+1", "not_a_number", "不是数字"),
        ("NaN", "not_a_number", "不是数字"),
        ("Infinity", "not_a_number", "不是数字"),
        ("—", "not_a_number", "留空"),
        ("三万", "not_a_number", "单位"),
        ("٣", "not_a_number", "不是数字"),
        (".", "not_a_number", "不是数字"),
        (18.25, "not_decimal", "浮点数"),
        (True, "not_decimal", "其他类型"),
        (D("NaN"), "not_a_number", "不是数字"),
        ("9" * 40, "too_large", "核对单位"),
        ("9" * 14, "too_large", "核对单位"),
        (D("1E+999999"), "too_large", "核对单位"),
    ],
)
def test_other_wan_is_refused_and_says_why(written, code, says):
    with pytest.raises(ValidationError) as refused:
        money.from_wan(written)
    assert refused.value.code == code
    assert says in refused.value.messages[0]


cents = st.integers(min_value=-(10**17), max_value=10**17)


@settings(deadline=None)
@given(cents)
def test_yuan_to_wan_and_back_is_exact(stored):
    amount = D(stored).scaleb(-2)
    assert money.from_wan(money.to_wan(amount)) == amount
    assert money.from_wan(money.wan_text(amount)) == amount
    assert money.from_wan(money.wan_input(amount)) == amount


@settings(deadline=None)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6))
def test_wan_of_six_decimals_to_yuan_and_back_is_exact(wan):
    amount = money.from_wan(wan)
    assert amount == wan * 10000
    assert amount.as_tuple().exponent == -2
    assert money.to_wan(amount) == wan


@settings(deadline=None)
@given(cents)
def test_wan_is_written_with_two_to_six_decimals_and_no_idle_zero(stored):
    decimals = money.wan_input(D(stored).scaleb(-2)).split(".")[1]
    assert 2 <= len(decimals) <= 6
    assert len(decimals) == 2 or not decimals.endswith("0")


@pytest.mark.parametrize(
    ("amount", "exact", "two"),
    [
        ("182500", "18.25", "18.25"),
        ("12345678.91", "1,234.567891", "1,234.57"),
        ("0.01", "0.000001", "0.00"),
        ("50", "0.005", "0.01"),
        ("-50", "-0.005", "-0.01"),
        ("0", "0.00", "0.00"),
        ("100000000000", "10,000,000.00", "10,000,000.00"),
    ],
)
def test_wan_text(amount, exact, two):
    assert money.wan_text(D(amount)) == exact
    assert money.wan_text(D(amount), 2) == two


def test_texts_of_nothing():
    assert money.wan_text(None) == "—"
    assert money.wan_input(None) == ""
    assert money.yuan_text(None) is None
    assert money.percent_text(None) == "—"
    assert money.points_text(None, D("0.5")) == "—"
    assert money.points_words(D("0.5"), None) == "—"


def test_yuan_rounds_half_up_to_a_cent():
    assert str(money.yuan("2.345")) == "2.35"
    assert str(money.yuan(D("-2.345"))) == "-2.35"
    assert str(money.yuan(7)) == "7.00"
    assert money.yuan_text(182500) == "182500.00"


@pytest.mark.parametrize("value", [1.5, True, None, "abc", "", D("Infinity"), D("1E+50")])
def test_yuan_refuses_floats_and_what_is_no_number(value):
    with pytest.raises(ValidationError):
        money.yuan(value)


def test_ratio_of_nothing_is_none():
    assert money.ratio(D("5"), D("0.00")) is None
    assert money.ratio(None, D("5")) is None
    assert money.ratio(D("5"), None) is None
    assert money.ratio(D("0"), D("5")) == 0
    assert money.ratio(3, 4) == D("0.75")


def test_percent_is_rounded_half_up_once():
    assert money.percent_text(money.ratio(1, 3)) == "33.3%"
    assert money.percent_text(D("0.33345")) == "33.3%"  # not 0.3335 first and then 33.4
    assert money.percent_text(D("0.0005")) == "0.1%"
    assert money.percent_text(D("0.74248"), 2) == "74.25%"
    assert money.percent_text(D("1.2")) == "120.0%"
    assert money.percent_text(D("0.5"), 0) == "50%"


def test_deviation_is_the_difference_of_the_displayed_values():
    paid, target = D("0.74249"), D("0.91667")  # displayed 74.2 and 91.7: the reader subtracts to 17.5, not 17.4
    assert money.points_text(paid, target) == "-17.5 个百分点"
    assert money.points_text(paid, target, 2) == "-17.42 个百分点"  # 74.25 - 91.67
    assert money.points_words(paid, target) == "低 17.5 个百分点"
    assert money.points_words(target, paid) == "高 17.5 个百分点"
    assert money.points_text(D("0.50004"), D("0.49996")) == "0.0 个百分点"
    assert money.points_words(D("0.50004"), D("0.49996")) == "持平"
    assert money.points_text(D("0.4202"), D("0.3334"), 2) == "+8.68 个百分点"


@settings(deadline=None)
@given(st.decimals(0, 2, places=8), st.decimals(0, 2, places=8), st.integers(0, 2))
def test_points_agree_with_the_percentages_printed_beside_them(a, b, digits):
    shown = [D(money.percent_text(x, digits).rstrip("%")) for x in (a, b)]
    assert money.points(a, b, digits) == shown[0] - shown[1]


def test_stored_ratio_keeps_four_decimals():
    assert money.stored_ratio(money.ratio(2, 3)) == D("0.6667")
    assert money.stored_ratio(None) is None


# -- the fields in the database ---------------------------------------------------------------------------------------


class Purse(models.Model):
    """A table of this test alone."""

    owner = models.CharField(max_length=10)
    allocated_yuan = MoneyField("下达", default=0)
    paid_yuan = MoneyField("已付", null=True, blank=True)
    target_ratio = RatioField("目标", null=True, blank=True)
    rows = models.IntegerField(default=1)

    class Meta:
        app_label = "money_test"
        constraints: ClassVar = [
            CheckConstraint(condition=Q(paid_yuan__lte=F("allocated_yuan") + F("allocated_yuan")), name="purse_paid"),
            CheckConstraint(condition=Q(allocated_yuan__lte=D("9000000000.50")), name="purse_literal"),
        ]


@pytest.fixture(scope="module")
def purse_table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(Purse)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.delete_model(Purse)


@pytest.fixture
def purses(purse_table, db):
    return Purse.objects


def raw(purse, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM money_test_purse WHERE id = %s", [purse.pk])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("given_as", [D("182500.50"), "182500.50", D("182500.5"), D("182500.500")])
def test_stores_whole_cents_and_speaks_yuan(purses, given_as):
    purse = purses.create(allocated_yuan=given_as, target_ratio="0.75")
    assert raw(purse, "allocated_yuan") == 18250050
    assert raw(purse, "target_ratio") == 7500
    purse.refresh_from_db()
    assert str(purse.allocated_yuan) == "182500.50"
    assert str(purse.target_ratio) == "0.7500"
    assert purse.paid_yuan is None


def test_whole_numbers_are_yuan_not_cents(purses):
    purse = purses.create(allocated_yuan=7)
    assert raw(purse, "allocated_yuan") == 700


@pytest.mark.parametrize("value", [0.1, 1.0, "0.001", D("0.001"), "abc", "", True, D("NaN"), D("92233720368547758.08")])
def test_what_is_no_amount_is_refused_not_rounded(purses, value):
    with pytest.raises(ValidationError):
        purses.create(allocated_yuan=value)
    with pytest.raises(ValidationError):
        purses.filter(allocated_yuan=value).exists()
    with pytest.raises(ValidationError):
        Purse(owner="a", allocated_yuan=value).full_clean()


def test_the_largest_amount_survives(purses):
    field = Purse._meta.get_field("allocated_yuan")
    assert field.to_python("92233720368547758.07") == D("92233720368547758.07")
    assert field.get_prep_value(D("-92233720368547758.07")) == -(2**63) + 1


def test_plain_lookups_take_yuan(purses):
    purse = purses.create(allocated_yuan=D("5.00"))
    for hit in (
        {"allocated_yuan": 5},
        {"allocated_yuan": "5.00"},
        {"allocated_yuan__gt": D("4.99")},
        {"allocated_yuan__gte": 5},
        {"allocated_yuan__lt": D("5.01")},
        {"allocated_yuan__lte": "5"},
        {"allocated_yuan__in": [D("5"), 6]},
        {"allocated_yuan__range": (D("4.5"), D("5.5"))},
        {"paid_yuan__isnull": True},
        {"paid_yuan": None},
    ):
        assert purses.get(**hit) == purse
    assert not purses.filter(allocated_yuan=500).exists()


def test_sums_come_back_as_yuan(purses):
    purses.create(owner="a", allocated_yuan=D("0.10"), paid_yuan=D("0.10"))
    purses.create(owner="a", allocated_yuan=D("0.20"))
    purses.create(owner="b", allocated_yuan=D("3"))
    total = purses.aggregate(x=Sum("allocated_yuan"))["x"]
    assert str(total) == "3.30"
    rows = purses.values("owner").annotate(x=Sum("allocated_yuan"), n=Count("pk")).order_by("owner")
    assert [(row["owner"], str(row["x"]), row["n"]) for row in rows] == [("a", "0.30", 2), ("b", "3.00", 1)]
    assert [row["owner"] for row in rows.filter(x__gt=D("0.30"))] == ["b"]
    assert purses.aggregate(x=Sum("allocated_yuan", filter=Q(owner="a")))["x"] == D("0.30")


def test_a_sum_over_nothing(purses):
    assert purses.aggregate(x=Sum("paid_yuan"))["x"] is None
    assert str(purses.aggregate(x=Sum("paid_yuan", default=0))["x"]) == "0.00"
    assert str(purses.aggregate(x=Sum("paid_yuan", default=D("2.50")))["x"]) == "2.50"
    assert str(purses.aggregate(x=Coalesce(Sum("paid_yuan"), money_value(D("2.50"))))["x"]) == "2.50"


def test_arithmetic_and_comparison_of_columns(purses):
    purses.create(owner="even", allocated_yuan=D("0.30"), paid_yuan=D("0.30"))
    purses.create(owner="under", allocated_yuan=D("0.30"), paid_yuan=D("0.10"), rows=2)
    assert purses.get(paid_yuan=F("allocated_yuan")).owner == "even"
    assert purses.get(paid_yuan__lt=F("allocated_yuan") - F("paid_yuan")).owner == "under"
    assert purses.get(allocated_yuan__gt=F("paid_yuan") * F("rows"), rows=2).owner == "under"
    assert purses.get(paid_yuan__lt=F("allocated_yuan") - money_value(D("0.19"))).owner == "under"
    left = purses.annotate(left=F("allocated_yuan") - F("paid_yuan")).order_by("-left")
    assert [str(purse.left) for purse in left] == ["0.20", "0.00"]
    assert str(purses.aggregate(x=Sum(F("allocated_yuan") - F("paid_yuan")))["x"]) == "0.20"
    assert str(purses.aggregate(x=Sum("allocated_yuan") - Sum("paid_yuan"))["x"]) == "0.20"


def test_update_with_columns_is_exact(purses):
    purse = purses.create(allocated_yuan=D("0.10"))
    purses.filter(pk=purse.pk).update(allocated_yuan=F("allocated_yuan") + money_value(D("0.20")))
    purse.allocated_yuan = F("allocated_yuan") * 3
    purse.save()
    purse.refresh_from_db()
    assert str(purse.allocated_yuan) == "0.90"


def test_expressions_keep_the_unit(purses):
    purses.create(owner="a", allocated_yuan=D("2"), paid_yuan=D("3"))
    purses.create(owner="b", allocated_yuan=D("4"))
    of_a = purses.filter(owner="a").values("owner").annotate(x=Sum("paid_yuan")).values("x")
    of_self = purses.filter(owner=OuterRef("owner")).values("owner").annotate(x=Sum("paid_yuan")).values("x")
    row = purses.annotate(
        sub=Subquery(of_a),
        own=Coalesce(Subquery(of_self), money_value(0)),
        most=Greatest("allocated_yuan", money_value(D("2.50"))),
        chosen=Case(When(owner="a", then=F("paid_yuan")), default=money_value(D("0.05"))),
    )
    assert [[str(r.sub), str(r.own), str(r.most), str(r.chosen)] for r in row.order_by("owner")] == [
        ["3.00", "3.00", "2.50", "3.00"],
        ["3.00", "0.00", "4.00", "0.05"],
    ]
    assert purses.get(allocated_yuan__lt=Subquery(of_a)).owner == "a"
    assert list(row.filter(own__gte=D("3")).values_list("owner", flat=True)) == ["a"]


@pytest.mark.parametrize(
    "query",
    [
        lambda purses: purses.annotate(x=F("allocated_yuan") + 5),
        lambda purses: purses.annotate(x=F("allocated_yuan") + D("5")),
        lambda purses: purses.annotate(x=F("allocated_yuan") + F("rows")),
        lambda purses: purses.annotate(x=F("allocated_yuan") * F("target_ratio")),
        lambda purses: purses.annotate(x=F("allocated_yuan") + F("target_ratio")),
        lambda purses: purses.annotate(x=F("allocated_yuan") / F("paid_yuan")),
        lambda purses: purses.annotate(x=Coalesce("paid_yuan", 5)),
        lambda purses: purses.annotate(x=Coalesce("paid_yuan", D("5"))),
        lambda purses: purses.annotate(x=Coalesce("paid_yuan", F("rows"))),
        lambda purses: purses.filter(allocated_yuan__gt=F("rows")),
        lambda purses: purses.filter(allocated_yuan=Value(5)),
        lambda purses: purses.filter(allocated_yuan__lte=F("target_ratio")),
        lambda purses: purses.annotate(x=Sum("allocated_yuan")).filter(x__lt=F("rows")),
    ],
)
def test_mixing_cents_with_other_numbers_is_refused(purses, query):
    with pytest.raises(FieldError):
        list(query(purses))


def test_check_constraints_on_money(purses):
    purses.create(allocated_yuan=D("1.00"), paid_yuan=D("2.00"))
    purses.create(allocated_yuan=D("9000000000.50"))
    for wrong in ({"allocated_yuan": D("1.00"), "paid_yuan": D("2.01")}, {"allocated_yuan": D("9000000000.51")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            purses.create(**wrong)
        with pytest.raises(ValidationError):
            Purse(**wrong).validate_constraints()
    Purse(allocated_yuan=D("1.00"), paid_yuan=D("2.00")).validate_constraints()


def test_bulk_writes(purses):
    purses.bulk_create(Purse(owner=str(n), allocated_yuan=D(n) / 100, target_ratio=D(n) / 100) for n in range(3))
    some = list(purses.order_by("owner"))
    for purse in some:
        purse.allocated_yuan += D("0.01")
        purse.paid_yuan = None
    purses.bulk_update(some, ["allocated_yuan", "paid_yuan"])
    assert list(purses.order_by("owner").values_list("allocated_yuan", flat=True)) == [D("0.01"), D("0.02"), D("0.03")]


def test_a_sum_beyond_the_column_is_refused_by_the_database(purses):
    purse = purses.create(allocated_yuan=D("9000000000.00"))
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        purses.filter(pk=purse.pk).update(allocated_yuan=F("allocated_yuan") * 2)


def test_sums_and_equality_of_20000_rows_are_exact(purses):
    """DecimalField on SQLite was wrong from the fourth decimal on and found none of the equal rows."""
    dice = random.Random(20261120)
    stored = [dice.randrange(1, 10**11) for _ in range(20_000)]
    amounts = [D(n).scaleb(-2) for n in stored]
    purses.bulk_create([Purse(allocated_yuan=a, paid_yuan=a) for a in amounts], batch_size=5_000)
    expected = D(sum(stored)).scaleb(-2)
    assert purses.aggregate(x=Sum("allocated_yuan"))["x"] == expected
    assert purses.aggregate(x=Sum(F("allocated_yuan") + F("paid_yuan")))["x"] == 2 * expected
    assert purses.filter(allocated_yuan=F("paid_yuan")).count() == 20_000
    median = sorted(amounts)[10_000]
    assert purses.filter(allocated_yuan__lt=median).count() == sum(a < median for a in amounts)


# -- field plumbing ---------------------------------------------------------------------------------------------------


def test_migrations_can_rebuild_the_field():
    for name, path in (("allocated_yuan", "linkage.money.MoneyField"), ("target_ratio", "linkage.money.RatioField")):
        field = Purse._meta.get_field(name)
        _, written, args, kwargs = field.deconstruct()
        assert written == path
        assert type(field)(*args, **kwargs).deconstruct()[1:] == field.deconstruct()[1:]


def test_serialised_values_read_back():
    purse = Purse(allocated_yuan="18.5", target_ratio=D("0.75"))
    money_field, ratio_field = (Purse._meta.get_field(n) for n in ("allocated_yuan", "target_ratio"))
    assert money_field.value_to_string(purse) == "18.50"
    assert ratio_field.value_to_string(purse) == "0.7500"
    assert Purse._meta.get_field("paid_yuan").value_to_string(purse) == ""
    assert json.dumps({"x": money_field.to_python("18.5")}, cls=DjangoJSONEncoder) == '{"x": "18.50"}'
    assert str(money_field.to_python("18.50")) == "18.50"


def test_ratio_field_refuses_a_fifth_decimal_and_keeps_faults_above_one():
    field = Purse._meta.get_field("target_ratio")
    assert field.get_prep_value(D("1.2345")) == 12345
    for wrong in (D("0.33333"), 0.5, "50%"):
        with pytest.raises(ValidationError):
            field.get_prep_value(wrong)


def test_model_form_speaks_yuan_and_percent(purses):
    form_class = forms.modelform_factory(Purse, fields=["allocated_yuan", "target_ratio"])
    form = form_class(instance=Purse(allocated_yuan=D("12.50"), target_ratio=D("0.7500")))
    assert form["allocated_yuan"].value() == D("12.50")
    assert form["target_ratio"].value() == "75"
    bound = form_class({"allocated_yuan": "12.55", "target_ratio": "33.33％"})
    assert bound.is_valid(), bound.errors
    assert bound.instance.allocated_yuan == D("12.55")
    assert bound.instance.target_ratio == D("0.3333")
    assert not form_class({"allocated_yuan": "12.555", "target_ratio": ""}).is_valid()


# -- form fields ------------------------------------------------------------------------------------------------------


class WanForm(forms.Form):
    amount = WanField(max_yuan=D("1000000"))
    note = WanField(required=False, min_yuan=None)


def test_wan_field_cleans_to_yuan():
    form = WanForm({"amount": "１８．２５", "note": "-0.000001"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"amount": D("182500.00"), "note": D("-0.01")}
    assert WanForm({"amount": "0", "note": ""}).is_valid()


def test_a_slip_that_no_sum_could_hold_is_refused_where_people_type():
    """SQLite adds whole numbers of 64 bits: two amounts near their end and no figure of the county would open again."""
    assert WanField().clean("10,000,000") == D("100000000000.00")
    with pytest.raises(ValidationError) as refused:
        WanField().clean("10,000,000.000001")
    assert "核对单位" in refused.value.messages[0]
    assert 90_000 * money.MOST_YUAN * 100 < money.BIGINT_MAX


@pytest.mark.parametrize(
    ("written", "says"),
    [("", "没有请填 0"), ("-1", "不得小于 0.00 万元"), ("100.000001", "不得大于 100.00 万元"), ("x", "不是数字")],
)
def test_wan_field_refuses_with_a_reason(written, says):
    form = WanForm({"amount": written})
    assert says in form.errors["amount"][0]
    assert form["amount"].value() == written  # what was typed stays in the box


def test_wan_field_shows_initial_yuan_as_wan_and_notices_real_changes_only():
    field = WanField()
    assert field.prepare_value(D("12345600.00")) == "1234.56"
    assert field.prepare_value(None) is None
    assert not field.has_changed(D("182500.00"), "18.250000")
    assert not field.has_changed(None, " ")
    assert field.has_changed(D("182500.00"), "18.26")
    assert field.has_changed(D("182500.00"), "oops")
    assert field.has_changed(None, "0")


def test_percent_field():
    field = PercentField(required=False)
    assert str(field.clean("75")) == "0.7500"
    assert field.clean(" 33.33 % ") == D("0.3333")
    assert field.clean("") is None
    assert field.prepare_value(D("0.5000")) == "50"
    assert field.prepare_value(D("0.3333")) == "33.33"
    assert not field.has_changed(D("0.75"), "75%")
    for wrong in ("33.333", "abc", "1e2", "50%%"):
        with pytest.raises(ValidationError):
            field.clean(wrong)


# -- with the unit written beside the number --------------------------------------------------------------------------

WITH_UNIT = [
    ("12.5", "125000.00", ""), ("12.5万元", "125000.00", ""), ("12.5 万", "125000.00", ""), ("１２．５万", "125000.00", ""),
    ("1,234.50", "12345000.00", ""), ("1,234.5万元", "12345000.00", ""), ("+0.5", "5000.00", ""), ("-3", "-30000.00", ""), (".5", "5000.00", ""),
    ("125000元", "125000.00", "“125000元”已折算为 12.50 万元，请核对。"), ("125,000 元", "125000.00", "“125,000 元”已折算为 12.50 万元，请核对。"),
    ("0.00125亿元", "125000.00", "“0.00125亿元”已折算为 12.50 万元，请核对。"), ("0.3亿", "30000000.00", "“0.3亿”已折算为 3,000.00 万元，请核对。"),
    ("125千元", "125000.00", "“125千元”已折算为 12.50 万元，请核对。"), ("1.5百万元", "1500000.00", "“1.5百万元”已折算为 150.00 万元，请核对。"),
    ("8元", "8.00", "“8元”已折算为 0.0008 万元，请核对。"), ("  ", None, ""),
]  # fmt: skip
NO_AMOUNT = [
    "约12.5", "12;5", "万元", "元", "12.3456789", "12.3456789万元", "0.001元", "12,34万元", "三万元", "12.5万元整", "1e5", "50%", "12.5.1万", "1 000",
    "1亿2000万", "--3", "(100)", "=1+1", "NaN", "9" * 14 + "万元", "9" * 40,
]  # fmt: skip


@pytest.mark.parametrize(("typed", "yuan", "note"), WITH_UNIT)
def test_an_amount_may_carry_its_unit_and_another_one_is_converted_and_told(typed, yuan, note):
    assert money.read_wan(typed) == (None if yuan is None else D(yuan), note)


@pytest.mark.parametrize("typed", ["约123万", "12;5万元", "1,23 万"])
def test_what_stands_in_the_cell_is_quoted_whole(typed):
    with pytest.raises(ValidationError) as refused:
        money.read_wan(typed)
    assert refused.value.messages[0].startswith(f"“{typed}”")


@pytest.mark.parametrize("typed", NO_AMOUNT)
def test_what_is_no_amount_stays_none_with_a_unit(typed):
    with pytest.raises(ValidationError) as refused:
        money.read_wan(typed)
    assert refused.value.messages[0]
