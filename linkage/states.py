"""The one engine behind every table of moves (design §2, §3; exemplars §3).

A move is a conditional UPDATE on state and revision: of two people at once, one changes a row and goes on, the other
is told. The transition row and the audit row are written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F, Model

from linkage import access, audit, periods
from linkage.errors import Refusal, SamePerson, StaleRevision, WrongState


@dataclass(frozen=True)
class Transition:
    """One move: from which states to which, by whom, needing what.

    `permission=None` marks a move of the system itself. `differs_from` names user fields of the object whose holder may
    not make this move. `needs` names what must be given: "reason", "document".
    """

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    permission: str | None
    needs: tuple[str, ...] = ()
    differs_from: tuple[str, ...] = ()


NEEDS_WORDS = {"reason": "请写明理由。", "document": "请写明依据文件的文号。"}


def allowed(obj, transition: Transition, by) -> bool:
    """May this person make this move on the object as it stands? (For buttons; `move` asks again.)"""
    if _state(obj) not in transition.sources:
        return False
    if transition.permission is None or not access.may(by, transition.permission, obj):
        return False
    return not any(getattr(obj, f"{name}_id") == by.pk for name in transition.differs_from)


def move(
    obj, transition: Transition, *, by, at: datetime | None = None, revision: int | None = None,
    reason: str = "", document: str = "", changes: dict[str, Any] | None = None, told: Mapping[str, Any] | None = None,
):  # fmt: skip
    """Make the move or raise; gives the refreshed object.

    The UPDATE holds only where the state is still the one of `obj` as it was read, so the transition row never lies about
    its source. `revision` is the one the person saw (None for the system). `changes` are further fields it writes,
    `told` further columns of the transition row.
    Raises PermissionDenied, SamePerson, Refusal (something needed is missing), StaleRevision, WrongState.
    """
    at = at or periods.now()
    given = {"reason": reason, "document": document} | {name: str(value) for name, value in (told or {}).items() if value}
    _check(obj, transition, by, {"reason": reason, "document": document})
    field, source = _state_field(obj), _state(obj)
    with transaction.atomic():
        rows = type(obj)._default_manager.filter(pk=obj.pk, **{field: source})
        if revision is not None:
            rows = rows.filter(revision=revision)
        if source not in transition.sources or not rows.update(
            **{field: transition.target, "revision": F("revision") + 1}, **(changes or {})
        ):
            raise _why_not(obj, transition)
        obj.refresh_from_db(fields=[field, "revision", *(changes or {})])
        _keep_loaded(obj, changes or {})
        seat = access.seat_for(by, transition.permission, obj) if by and transition.permission else None
        obj.transitions.create(
            name=transition.name, source=source, target=transition.target, by=by, by_name=str(by) if by else "系统",
            seat=seat.label if seat else "", at=at, reason=reason, document=document, **(told or {}),
        )  # fmt: skip
        audit.record(
            by=by, verb=transition.label, target=obj, at=at, before={field: source},
            after={field: transition.target} | {name: value for name, value in given.items() if value},
        )  # fmt: skip
    return obj


def _keep_loaded(obj, changes: dict[str, Any]) -> None:
    """What was just written is at hand (a person): the refresh would have it fetched once more."""
    for name, value in changes.items():
        if isinstance(value, Model):
            setattr(obj, name, value)


def _check(obj, transition: Transition, by, given: dict[str, str]) -> None:
    if by is not None and (transition.permission is None or not access.may(by, transition.permission, obj)):
        asked = (transition.permission,) if transition.permission else ()
        raise access.Denied(f"您的岗位不能执行“{transition.label}”。", *asked, target=obj)
    if by is not None and any(getattr(obj, f"{name}_id") == by.pk for name in transition.differs_from):
        raise SamePerson(f"“{transition.label}”须由另一人办理，您已办理前一环节。")
    for name in transition.needs:
        if not given[name].strip():
            raise Refusal(NEEDS_WORDS[name], code=f"{name}_needed")


def _why_not(obj, transition: Transition) -> Refusal:
    """Nothing was updated: say which of the two conditions failed. States go first; a lost race often breaks both."""
    try:
        obj.refresh_from_db()
    except ObjectDoesNotExist:
        return WrongState(f"“{obj}”已不在，不能{transition.label}：别人刚刚移除了它。")
    if _state(obj) not in transition.sources:
        return WrongState(f"“{obj}”现在是“{_state_words(obj)}”，不能{transition.label}。请刷新页面查看最新情况。")
    return StaleRevision("您打开页面之后内容已有改动，请核对最新内容后再办理。")


def touch(obj, *, states: tuple[str, ...], at: datetime | None = None, **changes) -> None:
    """Raise the aggregate's revision before a child write, only where its state still allows editing."""
    field = _state_field(obj)
    rows = type(obj)._default_manager.filter(pk=obj.pk, **{f"{field}__in": states})
    if not rows.update(revision=F("revision") + 1, **changes):
        obj.refresh_from_db()
        raise WrongState(f"“{obj}”现在是“{_state_words(obj)}”，内容不能再改。")


def _state_field(obj) -> str:
    return "state" if hasattr(obj, "state") else "stage"


def _state(obj) -> str:
    return getattr(obj, _state_field(obj))


def _state_words(obj) -> str:
    return getattr(obj, f"get_{_state_field(obj)}_display")()
