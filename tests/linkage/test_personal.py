"""Identity numbers, bank accounts and mobile phones are found in free text; ordinary numbers are not."""

import pytest
from django.core.exceptions import ValidationError

from linkage.personal import kinds_in, refuse_personal


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("发放给张某（232721198003041234）", ["身份证号"]),
        ("身份证 23272119800304123X", ["身份证号"]),
        ("身份证２３２７２１１９８００３０４１２３４", ["身份证号"]),
        ("汇入 6228480402564890018", ["银行账号"]),
        ("汇入 6228 4804 0256 4890 018", ["银行账号"]),
        ("联系 13904571234", ["手机号码"]),
        ("联系 139 0457 1234", ["手机号码"]),
        ("232721198003041234，13904571234", ["身份证号", "手机号码"]),
    ],
)
def test_personal_numbers_are_found(text, kinds):
    assert kinds_in(text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "", "新建冷链库 1200 平方米，投资 182.5 万元", "黑财指（农）〔2025〕31号", "项目代码 2511-232721-04-01-123456",
        "办公电话 0457-3512345", "2025—2026 年度，工期 20260501 至 20261015",
    ],
)  # fmt: skip
def test_ordinary_numbers_are_no_finding(text):
    assert kinds_in(text) == []
    refuse_personal(text)


def test_a_form_names_what_was_found():
    with pytest.raises(ValidationError, match="身份证号、手机号码"):
        refuse_personal("232721198003041234，13904571234")
