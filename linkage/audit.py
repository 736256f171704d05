"""Recording and sealing the audit trail (features 12.2; design §3).

`record()` is a plain insert inside the acting transaction. `seal()` gives committed rows their sequence and hash, oldest
first; it runs in the tick, one at a time by a conditional insert on the unique sequence. `examine()` recomputes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from linkage import access, bulk, periods
from linkage.models import AuditEvent, AuditSeal

GENESIS = "0" * 64
UNSEALED_TOLERANCE_SECONDS = 300
PORTION = 2_000  # seals read at once when the chain is recomputed

_address: ContextVar[str | None] = ContextVar("client_address", default=None)
_system: ContextVar[str] = ContextVar("calling_system", default="")


@contextmanager
def from_address(address: str | None):
    """Everything recorded inside came from this client address (set by middleware)."""
    address_before, system_before = _address.set(address), _system.set("")
    try:
        yield
    finally:
        _address.reset(address_before)
        _system.reset(system_before)


def note_system(name: str) -> None:
    """For the rest of the request: an outside system called, with its API token, in the name of the acting user."""
    _system.set(name)


def plain(value: Any) -> Any:
    """Values as JSON stores them, so that what is hashed is what is read back."""
    if type(value) is dict and all(type(key) is type(word) is str for key, word in value.items()):
        return value  # words by name, as nearly every event: nothing to convert
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)) if value is not None else None


def record(*, by, verb: str, target, before=None, after=None, at: datetime | None = None, region_path: str | None = None) -> AuditEvent:
    """One audit row. `by=None` is the system itself. `target` is a model instance; its words are copied, not linked."""
    return AuditEvent.objects.create(**_values(by, verb, target, before, after, at, region_path))


class Target(NamedTuple):
    """What an act was done to, in words, where no model instance was made of it."""

    type: str
    pk: Any
    label: str
    region_path: str


_COLUMNS = (
    "target_type", "target_id", "target_label", "region_path", "before", "after", "at", "actor_id", "actor_name", "seat", "verb", "address",
)  # fmt: skip


def record_many(*, by, verb: str, rows: Iterable[tuple[Any, Any, Any]], at: datetime | None = None) -> None:
    """One audit row per (target, before, after), written together; targets are model instances or `Target`."""
    same = _values(by, verb, Target("", "", "", ""), None, None, at, None)
    always = (same["at"], by.pk if by else None, same["actor_name"], same["seat"], same["verb"], same["address"])
    made = [(*_target_words(target), plain(before), plain(after), *always) for target, before, after in rows]
    bulk.insert(AuditEvent, _COLUMNS, made)


def _target_words(target: Any) -> tuple[str, str, str, str]:
    if isinstance(target, Target):
        return target.type, str(target.pk), target.label[:200], target.region_path
    return target._meta.label_lower, str(target.pk), str(target)[:200], getattr(target, "scope_path", "")


def _values(by, verb, target, before, after, at, region_path) -> dict:
    kind, pk, label, path = _target_words(target)
    return {
        "at": at or periods.now(), "actor": by, "actor_name": str(by) if by else "系统",
        "seat": _seat_words(by), "verb": verb[:60], "target_type": kind, "target_id": pk, "target_label": label,
        "region_path": region_path if region_path is not None else path,
        "before": plain(before), "after": plain(after), "address": _address.get(),
    }  # fmt: skip


def _seat_words(by) -> str:
    seat = access.seat_label(by) if by else ""
    system = _system.get()
    return f"{seat[:130]}（经接口：{system}）" if system else seat


def digest(event: AuditEvent, sequence: int, previous_hash: str) -> str:
    """sha256 over the previous hash, the sequence and every word of the event."""
    words = [
        previous_hash, sequence, event.pk, periods.local(event.at).isoformat(), event.actor_id, event.actor_name, event.seat,
        event.verb, event.target_type, event.target_id, event.target_label, event.region_path, event.before, event.after,
        event.address,
    ]  # fmt: skip
    text = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seal(*, at: datetime | None = None, limit: int = 20_000) -> int:
    """Seal committed events that have no seal yet; gives how many. Two sealers at once: one of them gives 0."""
    at = at or periods.now()
    try:
        with transaction.atomic():
            last = AuditSeal.objects.order_by("-sequence").first()
            sequence, head = (last.sequence, last.hash) if last else (0, GENESIS)
            seals = []
            for event in AuditEvent.objects.filter(seal__isnull=True).order_by("pk")[:limit]:
                sequence += 1
                new = digest(event, sequence, head)
                seals.append(AuditSeal(sequence=sequence, event=event, previous_hash=head, hash=new, sealed_at=at))
                head = new
            AuditSeal.objects.bulk_create(seals, batch_size=500)
            return len(seals)
    except IntegrityError:
        return 0


def head_hash() -> str:
    """The hash of the newest seal, printed in roll-ups and bulletins; empty before the first seal."""
    return AuditSeal.objects.order_by("-sequence").values_list("hash", flat=True).first() or ""


@dataclass
class Verification:
    """What one reading of the chain has found. Breaks, gaps and the unsealed tail in words; `head` is the last seal read."""

    checked: int = 0
    sequence: int = 0
    head: str = ""
    breaks: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    unsealed: list[str] = field(default_factory=list)

    @property
    def findings(self) -> list[str]:
        return [*self.gaps, *self.breaks, *self.unsealed]


def verify(*, at: datetime | None = None, last: int | None = None) -> list[str]:
    """Every finding of `examine` in words; empty when all is well."""
    return examine(at=at, last=last).findings


def examine(*, at: datetime | None = None, last: int | None = None, tell: Callable[[int], None] | None = None) -> Verification:
    """Recompute the chain, in portions, so that memory stays flat and a worker can say how far it is (`tell(checked)`).

    `last` looks at the newest seals only (for the page); the first of them is then taken on trust.
    """
    at = at or periods.now()
    found, previous = Verification(), GENESIS
    if last is not None and (before := AuditSeal.objects.order_by("-sequence")[last : last + 1].first()):
        found.sequence, previous = before.sequence, before.hash
    while portion := list(AuditSeal.objects.filter(sequence__gt=found.sequence).select_related("event").order_by("sequence")[:PORTION]):
        for sealed in portion:
            _examine_one(found, sealed, previous)
            previous = found.head = sealed.hash
        if tell:
            tell(found.checked)
    oldest = AuditEvent.objects.filter(seal__isnull=True).order_by("pk").first()
    if oldest and periods.seconds_between(oldest.at, at) > UNSEALED_TOLERANCE_SECONDS:
        found.unsealed.append(f"记录 {oldest.pk} 起有未封存的记录，已超过五分钟")
    return found


def _examine_one(found: Verification, sealed: AuditSeal, previous: str) -> None:
    expected = found.sequence + 1
    if sealed.sequence != expected:
        found.gaps.append(f"序号 {expected} 缺失（下一条为 {sealed.sequence}）")
    if sealed.previous_hash != previous:
        found.breaks.append(f"序号 {sealed.sequence} 与前一条不相接")
    if digest(sealed.event, sealed.sequence, sealed.previous_hash) != sealed.hash:
        found.breaks.append(f"序号 {sealed.sequence} 的内容与散列不符（记录 {sealed.event_id}）")
    found.sequence, found.checked = sealed.sequence, found.checked + 1
