"""Which stop a day of the year proposes, and until when: seasons are rules of the office (features 2.2)."""

from __future__ import annotations

from datetime import date

from linkage import rules
from projects.models import ConstructionState

SEASONS: dict[str, str] = {ConstructionState.WINTER: "winter_window", ConstructionState.FIRE: "fire_window"}


def proposed_restart(state: str, today: date) -> date | None:
    """The day after the season of this stop by rule; None for a stop without a season."""
    season = rules.season(SEASONS[state], on=today) if state in SEASONS else None
    return season.day_after(today) if season else None


def season_now(today: date) -> str:
    """The kind of stop whose season it is by rule, winter first; empty outside both."""
    return next((state for state, code in SEASONS.items() if (season := rules.season(code, on=today)) and season.covers(today)), "")
