"""Form fields, all errors at once, buttons that ask in place."""

from linkage import badges

from .registry import register

CLASS_OF = {"checkbox": "form-check-input", "select": "form-select"}


def _dress(bound) -> None:
    """Give the widget its class; Django itself wires aria-describedby and aria-invalid."""
    widget = bound.field.widget
    if not widget.use_fieldset:  # a group would hand the class on to its container
        widget.attrs.setdefault("class", CLASS_OF.get(getattr(widget, "input_type", ""), "form-control"))


@register.inclusion_tag("components/field.html")
def field(bound, unit="", known="", label=""):
    """One input with label, unit, help, errors. `known` shows what is already known beside it (上期、财政)."""
    _dress(bound)
    return {
        "field": bound,
        "unit": unit,
        "known": known,
        "label": label or bound.label,
        "is_check": getattr(bound.field.widget, "input_type", "") == "checkbox",
        "is_group": bool(bound.field.widget.use_fieldset),
    }


@register.inclusion_tag("components/field_row.html")
def field_row(form):
    """All visible fields of a form, one under the other, hidden ones with them."""
    return {"form": form}


def _form_problems(form) -> list[dict]:
    found = [
        {"level": "", "place": "", "message": text, "repair": "", "anchor": ""} for text in form.non_field_errors()
    ]
    for bound in form:
        for text in bound.errors:
            found.append({"level": "", "place": bound.label, "message": text, "repair": "", "anchor": bound.auto_id})
    return found


def _as_problem(item) -> dict:
    """A `checks.Problem`, another object or a dict, as the summary shows it."""
    read = item.get if isinstance(item, dict) else lambda key, default=None: getattr(item, key, default)
    where = f"{read('row_label', '') or ''} {read('place_label', '') or ''}".strip()
    return {
        "level": read("severity", None) or read("level", None) or "强制",
        "place": where or read("place", "") or "",
        "message": read("message", ""),
        "repair": read("repair", "") or "",
        "anchor": read("anchor", "") or "",
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(form=None, problems=None, title="", focus=True):
    """All errors at once with links that jump to them: what, where, how to repair.

    `problems`: `linkage.checks.Problem` or dicts; `anchor` is the id to jump to. `focus` moves the cursor there
    when the page opens; one per page.
    """
    found = _form_problems(form) if form is not None and form.is_bound else []
    found += [_as_problem(item) for item in problems or ()]
    for item in found:
        item["look"] = badges.look("check", item["level"]) if item["level"] else None
    return {"problems": found, "title": title or f"有 {len(found)} 处需要处理", "focus": focus}


@register.inclusion_tag("components/confirm_post.html", takes_context=True)
def confirm_post(context, url, label, question="确定吗？", tone="quiet", name="", value="", small=True):
    """A POST button that asks in place, without a pop-up."""
    return {
        "url": url,
        "label": label,
        "question": question,
        "tone": tone,
        "name": name,
        "value": value,
        "small": small,
        "csrf_token": context.get("csrf_token", ""),
    }
