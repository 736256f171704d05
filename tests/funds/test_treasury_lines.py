"""Keys, fingerprints and lines of one key, whatever an export brings (design.md §7)."""

from datetime import date
from decimal import Decimal
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from funds.imports.treasury.cleaning import fingerprint, payment_key, without_numbers
from funds.imports.treasury.lines import Fate, Standing, settle_lines

contents = st.sampled_from([("pay", str(amount), "2026-11-10", payee, "", "", "", "") for amount in (100, 200, 300) for payee in ("甲公司", "乙公司")])
PLAIN = settings(max_examples=150, deadline=None)


def stored(lines, before=()):
    """What stands after a file: as the writing does it, a contradiction left to the person stays as it was."""
    ids = count(len(before) + 1)
    standing = list(before)
    for line, outcome in zip(lines, settle_lines(before, lines), strict=True):
        if outcome.fate in (Fate.NEW, Fate.TWICE):
            standing.append(Standing(next(ids), outcome.line, line))
    return standing


@PLAIN
@given(st.lists(contents, max_size=8), st.randoms())
def test_the_same_lines_in_any_order_are_the_same_again(lines, dice):
    standing = stored(lines)
    shuffled = list(lines)
    dice.shuffle(shuffled)
    outcomes = settle_lines(standing, shuffled)
    assert {outcome.fate for outcome in outcomes} <= {Fate.SAME}
    assert sorted(outcome.standing.pk for outcome in outcomes) == [one.pk for one in standing]


@PLAIN
@given(st.lists(contents, max_size=6), st.lists(contents, max_size=6))
def test_numbers_of_lines_are_given_once_and_no_line_is_ticked_off_twice(before, now):
    standing = stored(before)
    outcomes = settle_lines(standing, now)
    assert len(outcomes) == len(now)
    met = [outcome.standing.pk for outcome in outcomes if outcome.standing]
    assert len(met) == len(set(met))
    made = [outcome.line for outcome in outcomes if not outcome.standing]
    assert len({*made, *(one.line for one in standing)}) == len(made) + len(standing)
    assert all(outcome.fate != Fate.NEW or len(met) == len(standing) for outcome in outcomes)  # new only when nothing is left to contradict


amounts = st.decimals(min_value="0.01", max_value="99999999.99", places=2)
texts = st.text(alphabet="呼玛镇公司工程款ABC 12", max_size=12)


@PLAIN
@given(amounts, texts, texts, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_fingerprint_does_not_depend_on_spacing_or_width(amount, payee, purpose, day):
    one = {"kind": "pay", "amount_yuan": amount, "paid_on": day, "payee": payee, "purpose": purpose}
    wide = one | {"amount_yuan": Decimal(f"{amount:.2f}"), "payee": f" {payee}　", "purpose": purpose.replace("A", "Ａ").replace("1", "１")}
    assert fingerprint(one) == fingerprint(wide)
    assert fingerprint(one) != fingerprint(one | {"amount_yuan": amount + Decimal("0.01")})


def test_a_key_is_the_voucher_else_the_application_else_a_fingerprint():
    line = {"kind": "pay", "amount_yuan": Decimal(1), "paid_on": date(2026, 11, 1)}
    assert payment_key("huma", line | {"voucher_no": "V1", "application_no": "A1"}) == "huma/VV1"
    assert payment_key("huma", line | {"application_no": "A1"}) == "huma/AA1"
    assert payment_key("huma", line).startswith("huma/F")
    assert payment_key("huma", line | {"voucher_no": "9" * 60}) != payment_key("huma", line | {"voucher_no": "8" + "9" * 59})
    assert len(payment_key("a-very-long-name-of-a-unit", line | {"voucher_no": "9" * 60})) <= 72


def test_numbers_of_persons_are_masked_days_and_documents_are_not():
    told = {
        "卡号6228480012345678912": "卡号62****12", "６２２８４８００１２３４": "62****34", "身份证23272219800101123X": "身份证23****3X",
        "6228 4800 1234 5678": "62****78", "232722 19800101 1234": "23****34", "电话13845701234": "电话13****34",
        **{same: same for same in ("2026-11-19付款", "20261119期", "黑财指（农）〔2025〕34号", "第12标段300米")},
    }  # fmt: skip
    assert {text: without_numbers(text) for text in told} == told
