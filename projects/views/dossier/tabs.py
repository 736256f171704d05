"""The tabs of the project page. Apps above projects hang theirs in here in ready(), because projects never look upwards.

Each tab has an address of its own, `/projects/<pk>/<name>/` (URL name `project-tab-<name>`), asks only for what it shows,
and always in the reader's sight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from projects.models import Progress, Project

OVERVIEW = ""


@dataclass(frozen=True)
class Shown:
    """What the page knows before a tab is built: the project in sight, its newest live statement, the day."""

    project: Project
    latest: Progress | None
    today: date


Build = Callable[[Any, Shown], Mapping[str, Any]]


@dataclass(frozen=True)
class Tab:
    """`build(user, shown)` gives what `template` shows, with a constant number of queries; `count(user, project)` the
    number beside the label (one query on every tab; leave it out where the number says nothing)."""

    name: str
    label: str
    order: int
    template: str
    build: Build
    count: Callable[[Any, Project], int] | None = None
    count_words: str = ""  # the number as the head says it: 未销号问题 3 个

    @property
    def url_name(self) -> str:
        return f"project-tab-{self.name}" if self.name else "project-page"

    def address(self, project: Project) -> str:
        return project.get_absolute_url() + (f"{self.name}/" if self.name else "")


_tabs: dict[str, Tab] = {}


def register_tab(tab: Tab) -> None:
    """Called once per tab in ready(); two of one name would hide each other."""
    if tab.name in _tabs:
        raise ValueError(f"two tabs named {tab.name!r}")
    _tabs[tab.name] = tab


def all_tabs() -> list[Tab]:
    """In the order in which they stand on the page."""
    return sorted(_tabs.values(), key=lambda tab: tab.order)


def tab_named(name: str) -> Tab:
    return _tabs[name]
