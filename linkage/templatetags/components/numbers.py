"""Money, rates, changes, deadlines: numbers that explain themselves."""

from decimal import Decimal
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import format_html

from linkage import money as amounts
from linkage import periods, rounding

from .registry import register
from .words import DASH, count_words, wan_words, yuan_words


@register.inclusion_tag("components/money.html")
def money(amount_yuan, unit="wan", places=2, href="", signed=False):
    """Money as a right-aligned figure; the exact 元 stands in the title."""
    if amount_yuan is None:
        return {"text": DASH, "exact": "", "href": "", "negative": False}
    amount = Decimal(amount_yuan)
    text = amounts.wan_text(amount, places) if unit == "wan" else yuan_words(amount)
    if signed and amount > 0:
        text = "+" + text
    return {"text": text, "exact": f"{yuan_words(amount)} 元", "href": href, "negative": amount < 0}


@register.simple_tag
def rate(numerator, denominator, label="", kind="money", basis="", as_of=None, rule="", href="", places=1, note=""):
    """A percentage that unfolds into how it was computed. A denominator of 0 or None shows —, never an error."""
    words = (str(word or "") for word in (label, basis, rule, href, note))
    return _rate(numerator, denominator, kind, as_of, places, *words)


@lru_cache(maxsize=4096, typed=True)
def _rate(numerator, denominator, kind, as_of, places, label, basis, rule, href, note) -> str:
    """A page of the pace shows a thousand of them, the same all day long."""
    show = wan_words if kind == "money" else count_words
    return render_to_string("components/rate.html", {
        "text": amounts.percent_text(amounts.ratio(numerator, denominator), places), "label": label, "numerator": show(numerator),
        "denominator": show(denominator), "unit": "万元" if kind == "money" else "", "basis": basis, "as_of": as_of, "rule": rule,
        "href": href, "note": note,
    })  # fmt: skip


DELTA_WORDS = {
    "wan": lambda size: f"{wan_words(size)} 万元",
    "pp": lambda size: f"{size:f} 个百分点",
    "count": count_words,
}


@register.inclusion_tag("components/delta.html")
def delta(now, before, unit="wan", good="up", against="上周"):
    """Change beside level: ▲▼ for eyes, 上升/下降 for screen readers. Unknown before → 无上期."""
    if now is None or before is None:
        return {"direction": "unknown", "tone": "none", "text": "", "against": against}
    difference = amounts.points(now, before) if unit == "pp" else now - before
    if not difference:
        return {"direction": "same", "tone": "none", "text": "", "against": against}
    direction = "up" if difference > 0 else "down"
    return {
        "direction": direction,
        "tone": "ok" if direction == good else "warn",
        "text": DELTA_WORDS[unit](abs(difference)),
        "against": against,
    }


@register.simple_tag
def tail_note(rows, names):
    """Below a table with totals in 万元, only where rounding makes the shown values add up to something else. `names` are the
    summed columns, apart by blanks."""
    words = rounding.note(rows, names.split())
    return format_html('<p class="hint">{}</p>', words) if words else ""


@register.inclusion_tag("components/deadline.html")
def deadline(due_at, now=None, done=False, words=""):
    """今天 17:00 前（还剩 3 小时 12 分）; past: 已逾期 …. `done` shows the moment alone; `words`: already said."""
    if due_at is None:
        return {"due_at": None, "words": None, "late": False, "done": done}
    at = now or periods.now()
    return {
        "due_at": due_at,
        "words": words or periods.deadline_words(due_at, at=at),
        "late": due_at < at and not done,
        "done": done,
    }


@register.filter
def moment(at):
    """ "11月12日 17:00"; a term that ends at midnight is 24:00 of its own day, as the ledgers name it."""
    return periods.moment_words(at, periods.day_of(at).year)


@register.filter
def happened(at):
    """ "11月12日 09:05" of this year, "2025年12月3日 10:00" of another: when something took place."""
    local = periods.local(at)
    return f"{periods.day_words(local.date(), periods.today().year)} {local:%H:%M}"


@register.inclusion_tag("components/as_of.html")
def as_of(moment, basis="", note=""):
    """截至 2026年11月19日 17:00 · 财政口径. Takes a date or a datetime; midnight is 24:00 of the day before."""
    words = periods.moment_words(moment) if hasattr(moment, "hour") else periods.day_words(moment)
    return {"moment": moment, "words": words, "basis": basis, "note": note}
