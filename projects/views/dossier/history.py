"""历史: stages and changes of a project in one timeline, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from linkage import access
from linkage.models import AuditEvent
from projects.actions.document import ADD
from projects.checks import LABELS, revision_differences
from projects.figures.stages import stage_word
from projects.models import Project, ProjectRevision
from projects.views.documents import give_files

from .tabs import Shown, Tab

# From the key of a signed statement ("weekly/2026-W47/huma/v1") to (label, address); None where it is not known.
StatementLink = Callable[[str], tuple[str, str] | None]
_links: list[StatementLink] = []


def register_statement_link(link: StatementLink) -> None:
    """The app whose statements move stages says where they can be read; called once from its ready()."""
    _links[:] = [link]


def history(user, shown: Shown) -> dict[str, Any]:
    """The approved changes side by side, and everything in one timeline. Four queries, whatever happened."""
    project = shown.project
    revisions = list(project.revisions.all())
    give_files("adjustment", revisions)
    changes = AuditEvent.objects.filter(target_type="projects.project", target_id=str(project.pk), verb__in=["修改项目", "变更施工状态"])
    told = {revision.at for revision in revisions}
    entries = [_stage_entry(project, row) for row in project.transitions.select_related("file")]
    entries += [_change_entry(event) for event in changes if event.at not in told or event.verb != "修改项目"]
    entries += [_revision_entry(revision) for revision in revisions if not set(revision.after) <= {"stage"}]
    return {
        "entries": sorted(entries, key=lambda entry: entry["at"], reverse=True),
        "may_add": access.may(user, ADD, project), "revisions": [(revision, [row[1:] for row in revision_differences(revision)]) for revision in revisions],
    }


def _revision_entry(revision: ProjectRevision) -> dict[str, Any]:
    lines = [f"{label}：{before} → {after}" for _, label, before, after in revision_differences(revision)]
    lines += [f"理由：{revision.reason}", f"依据：{revision.document}"]
    if revision.withdrawn_at:
        lines.append(f"已撤回：{revision.withdrawn_reason}")
    who = f"{revision.by_name} {revision.seat}".strip()
    return {"at": revision.at, "who": who, "what": f"批准的调整：{revision.get_kind_display()}", "tone": "warn", "text": "\n".join(lines)}


def _change_entry(event: AuditEvent) -> dict[str, Any]:
    who = f"{event.actor_name} {event.seat}".strip()
    return {"at": event.at, "who": who, "what": event.verb, "tone": "none", "text": _change_words(event)}


def _stage_entry(project: Project, row) -> dict[str, Any]:
    """One move; where a signed statement made it, a link to that report instead of its key."""
    entry = {"at": row.at, "who": f"{row.by_name} {row.seat}".strip(), "what": _stage_move(project, row), "tone": "info", "text": row.reason}
    link = _links[0](row.document) if row.name == "statement" and _links else None
    if link:
        entry["links"] = [link]
    else:
        judged = " ".join(filter(None, [row.judged_by, f"{row.judged_on:%Y-%m-%d}" if row.judged_on else ""]))
        lines = [f"认定：{judged}" if judged else "", row.reason, f"依据：{row.document}" if row.document else ""]
        entry["text"] = "\n".join(filter(None, lines))
        if row.file:
            entry["links"] = [(row.file.title, reverse("document-file", args=[row.file.pk]))]
    return entry


def _stage_move(project: Project, row) -> str:
    target = stage_word(project.method, row.target)
    return f"登记项目（{target}）" if not row.source else f"{stage_word(project.method, row.source)} → {target}"


def _change_words(event: AuditEvent) -> str:
    before, after = event.before or {}, event.after or {}
    lines = [f"{LABELS.get(name, name)}：{before.get(name, '空')} → {value}" for name, value in after.items() if name in LABELS]
    lines += [f"{label}：{after[name]}" for name, label in (("reason", "理由"), ("document", "依据")) if name in after]
    return "\n".join(lines)


HISTORY_TAB = Tab("history", "历史", 100, "projects/dossier/_history.html", history)
