"""Amounts as counties write them: every way to write one gives the same 元, what is no amount is refused with the repair."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.excel.amounts import POWERS, levels_in, read_amount, read_sources, unit_in

CENTS = st.integers(min_value=0, max_value=10**12)  # up to 100 亿元
FULL_WIDTH = str.maketrans("0123456789.,()", "０１２３４５６７８９．，（）")


def written(cents, unit):
    """The exact number of 元 as it is written in a unit, without superfluous zeros."""
    number = (Decimal(cents) / 100).scaleb(-POWERS[unit]).normalize()
    return f"{number:f}"


def ways(text, unit):
    whole, _dot, rest = text.partition(".")
    grouped = f"{int(whole):,}" + (f".{rest}" if rest else "")
    short = {"万元": "万", "亿元": "亿"}.get(unit, unit)
    return {
        text: "", f"{text}{unit}": unit, f" {text} {unit} ": unit, f"{text}{short}": unit, grouped: "", f"{grouped}{unit}": unit,
        text.translate(FULL_WIDTH): "", f"{grouped}{unit}".translate(FULL_WIDTH): unit, f"￥{text}": "", f"人民币{text}{unit}整": unit,
        f"{text}(其中中央资金)": "", f"{text}{unit}（少数民族发展资金）": unit, f"{text}\n": "", f"{text}（{unit}）": unit, f"+{text}": "",
        f"合计：{text}{unit}": unit,
    }  # fmt: skip


@settings(deadline=None)
@given(cents=CENTS, unit=st.sampled_from(list(POWERS)))
def test_every_way_to_write_an_amount_gives_the_same_yuan(cents, unit):
    yuan = Decimal(cents) / 100
    for way, own in ways(written(cents, unit), unit).items():
        found = read_amount(way, unit)
        assert (found.yuan, found.doubt) == (yuan, ""), way
        assert found.in_cell == bool(own), way


@settings(deadline=None)
@given(cents=CENTS, unit=st.sampled_from(list(POWERS)), column=st.sampled_from(list(POWERS)))
def test_the_unit_in_the_cell_goes_before_that_of_the_column(cents, unit, column):
    assert read_amount(f"{written(cents, unit)}{unit}", column).yuan == Decimal(cents) / 100


@settings(deadline=None)
@given(cents=st.integers(min_value=0, max_value=10**11), unit=st.sampled_from(list(POWERS)))
def test_a_number_typed_in_excel_is_the_decimal_that_was_typed(cents, unit):
    found = read_amount(float(Decimal(cents).scaleb(-2 - POWERS[unit])), unit)
    assert (found.yuan, found.doubt) == (Decimal(cents) / 100, "")


def test_a_large_number_typed_in_excel_keeps_its_decimals_without_a_doubt():
    found = read_amount(132_836_193.46, "元")
    assert (found.yuan, found.doubt) == (Decimal("132836193.46"), "")


@settings(deadline=None)
@given(yi=st.integers(1, 90), wan=st.integers(0, 9999))
def test_two_units_in_one_amount(yi, wan):
    assert read_amount(f"{yi}亿{wan}万元", "元").yuan == Decimal(yi * 10**8 + wan * 10**4)


@settings(deadline=None)
@given(raw=st.text(max_size=60) | st.floats() | st.booleans() | st.integers() | st.none() | st.datetimes())
def test_nothing_but_an_amount_a_blank_or_a_reason(raw):
    try:
        found = read_amount(raw, "万元")
    except ValidationError as error:
        assert "".join(error.messages)
    else:
        assert found is None or found.yuan == found.yuan.quantize(Decimal("0.01"))


@pytest.mark.parametrize("blank", ["", " ", "　", "—", "-", "/", "无", None, "\n"])
def test_blank(blank):
    assert read_amount(blank, "万元") is None


@pytest.mark.parametrize(
    ("text", "yuan", "remark"),
    [
        ("248万元", "2480000.00", ""),
        ("10(其中中央6万元)", "100000.00", "其中中央6万元"),
        ("167(少数民族发展资金)", "1670000.00", "少数民族发展资金"),
        ("省级资金17.2万元", "172000.00", "省级资金"),
        ("1 234 567.8", "12345678000.00", ""),
        ("1.2E+05", "1200000000.00", ""),
        ("0.5亿", "50000000.00", ""),
        ("-5", "-50000.00", ""),
    ],
)
def test_amounts_with_words(text, yuan, remark):
    found = read_amount(text, "万元")
    assert (str(found.yuan), found.remark) == (yuan, remark)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("1,23", "逗号位置不对"),
        ("(500)", "分不清是负数还是编号"),
        ("12万5", "省略了单位"),
        ("投资3千5", "省略了单位"),
        ("10\n20", "隔开的几个数"),
        ("20万/户", "补助标准"),
        ("12.5%", "比例"),
        ("中央100万元省级50万元", "2 个金额"),
        ("待定", "不是金额"),
        ("一百万", "不是金额"),
        ("#REF!", "公式错误"),
        ("9" * 50, "数字过大"),
        ("1e99", "数字过大"),
        (float("inf"), "不是有限的数"),
        (True, "日期或是否值"),
        (datetime(2026, 5, 1), "日期或是否值"),  # noqa: DTZ001 (as a cell gives it)
        ("字" * 500, "500 个字"),
    ],
)
def test_what_is_no_amount_says_why(raw, why):
    with pytest.raises(ValidationError) as caught:
        read_amount(raw, "万元")
    assert why in caught.value.messages[0]


@pytest.mark.parametrize(
    ("raw", "doubt"),
    [
        (100 / 3, "33.33333333 万元不是整数分，已四舍五入为 333333.33 元。"),
        ("约20万元", "金额写的是约数，请核对。"),
        ("-5", "金额是负数，请核对。"),
        ("2024年中央资金100万元", "从“2024年中央资金100万元”里取出的金额，请核对。"),
    ],
)
def test_what_was_not_certain_is_said(raw, doubt):
    assert read_amount(raw, "万元").doubt == doubt


def test_a_formula_remainder_is_no_doubt():
    found = read_amount(0.1 + 0.2, "万元")
    assert (found.yuan, found.doubt) == (Decimal("3000.00"), "")


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("计划投资（万元）", "万元"), ("本批\n(万元)", "万元"), ("单位：元", "元"), ("金额单位：人民币万元", "万元"), ("（单位：亿元）", "亿元"),
        ("资金规模,万元", "万元"), ("单位名称：元谋县", ""), ("补助标准（元/亩）", ""), ("编制单位：岳阳县", ""), ("计划投资", ""),
    ],
)  # fmt: skip
def test_units_named_in_a_header_or_line(words, unit):
    assert unit_in(words) == unit


def test_amounts_inside_the_words_of_a_source():
    found = read_sources("中央衔接资金212万元+历年扶贫结余资金98万元")
    assert [(one.words, str(one.yuan)) for one in found] == [("中央衔接资金", "2120000.00"), ("历年扶贫结余资金", "980000.00")]
    assert read_sources("2024年度省级财政衔接资金(整村推进资金)") == ()
    assert read_sources(None or "") == ()


@pytest.mark.parametrize(
    ("words", "levels"),
    [
        ("中央财政衔接资金", ("中央",)), ("省级资金17.2万元", ("省",)), ("自治区财政资金", ("省",)), ("市级", ("市",)), ("地区级资金", ("市",)),
        ("区级资金", ("县",)), ("中央和省级资金", ("中央", "省")), ("湖南省岳阳县项目表", ()), ("建设地区", ()),
    ],
)  # fmt: skip
def test_levels_that_give_money(words, levels):
    assert levels_in(words) == levels
