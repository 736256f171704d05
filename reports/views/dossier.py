"""What the weekly dispatch adds to the project page: the report behind a stage that a signed statement proved."""

from __future__ import annotations

import re

STATEMENT = re.compile(r"weekly/(?P<key>[\w-]+)/(?P<unit>[\w-]+)/v(?P<version>\d+)")


def statement_link(key: str) -> tuple[str, str] | None:
    """(label, address) of the report a statement key names; None for a key of another kind."""
    found = STATEMENT.fullmatch(key)
    return found and (f"周调度 {found['key']} 第 {found['version']} 版", f"/weekly/{found['key']}/{found['unit']}/")
