"""Bringing the reference data into the database. Running twice changes nothing; what the office edited stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from linkage import audit, periods
from linkage.models import (
    DictionaryEntry,
    FundTask,
    Matter,
    Organisation,
    OrganisationFunction,
    Region,
    RegionAlias,
    Responsibility,
    TaskForce,
    TaskLead,
)

from . import organisations, regions, registry, words

# The fund exists since 2021 (财农〔2021〕19号): bodies and duties of the initial data hold from its first day.
SINCE = date(2021, 1, 1)


@transaction.atomic
def load(*, at: datetime | None = None, by=None) -> dict[str, int]:
    """Add what is missing; gives how many rows of each kind were added (empty when there was nothing to do).

    Rows are recognised by slug, code, name, or (responsibilities, leads) by their region and matter or task, so that
    nothing the office has renamed, ended or answered differently comes back.
    """
    added: Counter[str] = Counter()
    _load_regions(added)
    _load_aliases(added)
    _load_words(added)
    _load_organisations(added)
    _load_duties(added)
    _load_leads(added)
    _load_forces(added)
    for loader in registry.loaders():
        added.update(loader(at=at, by=by))
    if added:
        root = Region.objects.get(slug=regions.PREFECTURE)
        audit.record(
            by=by, verb="载入参考数据", target=root, after=dict(added), at=at or periods.now(), region_path=root.path
        )
    return dict(added)


def _create(model, rows: Iterable, added: Counter) -> None:
    rows = list(rows)
    if rows:
        model.objects.bulk_create(rows, batch_size=500)
        added[str(model._meta.verbose_name)] += len(rows)


def _regions_by_slug() -> dict[str, Region]:
    return {region.slug: region for region in Region.objects.all()}


def _load_regions(added: Counter) -> None:
    """Level by level, because a path is made of its parent's."""
    known = _regions_by_slug()
    new = [place for place in regions.places() if place.slug not in known]
    for place in new:
        known[place.slug] = Region.objects.create(
            slug=place.slug, name=place.name, kind=place.kind, group=place.group, parent=known[place.parent] if place.parent else None,
            display_order=place.order, code_prefix=place.prefix, is_reporting=place.reporting,
        )  # fmt: skip
    if new:
        added[str(Region._meta.verbose_name)] += len(new)


def _load_aliases(added: Counter) -> None:
    known = _regions_by_slug()
    have = set(RegionAlias.objects.values_list("name", "code_system"))
    _create(
        RegionAlias,
        (
            RegionAlias(region=known[slug], name=name, code_system=system)
            for slug, name, system in regions.aliases()
            if (name, system) not in have
        ),
        added,
    )


def _load_words(added: Counter) -> None:
    tasks = set(FundTask.objects.values_list("code", flat=True))
    _create(
        FundTask,
        (
            FundTask(**task._asdict(), display_order=order)
            for order, task in enumerate(words.TASKS, 1)
            if task.code not in tasks
        ),
        added,
    )
    matters = set(Matter.objects.values_list("code", flat=True))
    _create(
        Matter,
        (
            Matter(**matter._asdict(), display_order=order)
            for order, matter in enumerate(words.MATTERS, 1)
            if matter.code not in matters
        ),
        added,
    )
    _load_dictionary(added)


def _load_dictionary(added: Counter) -> None:
    """Two rounds: parents first."""
    entries = list(enumerate(words.words(), 1))
    for has_parent in (False, True):
        have = {(entry.kind, entry.code): entry for entry in DictionaryEntry.objects.all()}
        _create(
            DictionaryEntry,
            (
                DictionaryEntry(
                    kind=word.kind,
                    code=word.code,
                    name=word.name,
                    note=word.note,
                    display_order=order,
                    parent=have.get((word.kind, word.parent)),
                )
                for order, word in entries
                if bool(word.parent) == has_parent and (word.kind, word.code) not in have
            ),
            added,
        )


def _load_organisations(added: Counter) -> None:
    """A body is left out when its name is there, or when all it is for is done by others in its region."""
    known = _regions_by_slug()
    names = set(Organisation.objects.values_list("region__slug", "name"))
    held = set(OrganisationFunction.objects.values_list("organisation__region__slug", "function"))
    new = [
        body for body in organisations.BODIES
        if (body.region, body.name) not in names
        and not (body.functions and all((body.region, function) in held for function in body.functions))
    ]  # fmt: skip
    _create(
        Organisation,
        (
            Organisation(name=body.name, short_name=body.short_name, region=known[body.region], is_outside=body.outside)
            for body in new
        ),
        added,
    )
    made = _organisations()
    _create(
        OrganisationFunction,
        (
            OrganisationFunction(organisation=made[body.region, body.name], function=function, since=SINCE)
            for body in new
            for function in body.functions
            if (body.region, function) not in held
        ),
        added,
    )


def _organisations() -> dict[tuple[str, str], Organisation]:
    return {(o.region.slug, o.name): o for o in Organisation.objects.select_related("region")}


def _load_duties(added: Counter) -> None:
    known, bodies, matters = (
        _regions_by_slug(),
        _organisations(),
        {matter.code: matter for matter in Matter.objects.all()},
    )
    answered = set(Responsibility.objects.values_list("region__slug", "matter__code"))
    _create(
        Responsibility,
        (
            Responsibility(
                region=known[duty.region],
                matter=matters[duty.matter],
                organisation=bodies[duty.body] if duty.body else None,
                note=duty.note,
                since=SINCE,
            )
            for duty in organisations.duties()
            if (duty.region, duty.matter) not in answered and (duty.body is None or duty.body in bodies)
        ),
        added,
    )


def _load_leads(added: Counter) -> None:
    """The prefecture's leads by the document, and the same 对口 bodies in every county."""
    tasks = {task.code: task for task in FundTask.objects.all()}
    answered = set(TaskLead.objects.values_list("task__code", "organisation__region__slug"))
    bodies = _organisations()
    _create(
        TaskLead,
        (
            TaskLead(task=tasks[code], organisation=bodies[body.region, body.name], since=SINCE)
            for code, function in words.TASK_LEADS
            for body in organisations.BODIES
            if function in body.functions and (code, body.region) not in answered and (body.region, body.name) in bodies
        ),
        added,
    )


def _load_forces(added: Counter) -> None:
    known, bodies = _regions_by_slug(), _organisations()
    have = set(TaskForce.objects.values_list("region__slug", flat=True))
    _create(
        TaskForce,
        (
            TaskForce(
                region=known[force.region], name=force.name, document=force.document, office=bodies.get(force.office)
            )
            for force in organisations.FORCES
            if force.region not in have
        ),
        added,
    )
