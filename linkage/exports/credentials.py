"""The list of one-time passwords, made once and kept nowhere (features 12.6)."""

from __future__ import annotations

from collections.abc import Sequence

from linkage import excel
from linkage.actions.people import Credential
from linkage.excel import Column, Sheet


def workbook(credentials: Sequence[Credential]) -> bytes:
    """One row per new account, to be cut into slips and handed over."""
    return excel.to_bytes([
        Sheet(
            title="一次性口令表", name="一次性口令",
            columns=[
                Column("name", "姓名", width=12), Column("username", "用户名", width=18),
                Column("password", "一次性口令", width=18), Column("seats", "岗位", width=44),
            ],
            rows=credentials,
            footnotes=["口令只出现这一次，请当面交给本人；首次登录须修改。系统不保存明文，遗失后由安全管理员重置。"],
        )
    ])  # fmt: skip
