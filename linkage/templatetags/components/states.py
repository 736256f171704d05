"""States: shape, colour and word."""

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from linkage import badges

from .registry import register


@register.simple_tag
@lru_cache(maxsize=256)  # a page shows the same few a thousand times
def shape(name, tone="none"):
    """One of the small shapes that stand beside a colour."""
    return format_html(
        '<svg class="shape tone-{}" width="12" height="12" viewBox="0 0 12 12" fill="currentColor" aria-hidden="true"'
        ' focusable="false">{}</svg>',
        tone,
        mark_safe(badges.SHAPES.get(name, badges.SHAPES["ring"])),  # noqa: S308 - our own constant
    )


@register.simple_tag
def badge(kind, value, word="", compact=False, note=""):
    """State → shape, colour and word. `compact` leaves the word to screen readers."""
    return _rendered(badges.look(kind, value, word), bool(compact), str(note))


@lru_cache(maxsize=2048)
def _rendered(look: badges.Look, compact: bool, note: str) -> str:
    """The same state looks the same everywhere: the dashboard shows one and a half thousand of them."""
    return render_to_string("components/badge.html", {"look": look, "compact": compact, "note": note})
