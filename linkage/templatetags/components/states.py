"""States: shape, colour and word."""

from django.utils.html import format_html
from django.utils.safestring import mark_safe

from linkage import badges

from .registry import register


@register.simple_tag
def shape(name, tone="none"):
    """One of the small shapes that stand beside a colour."""
    return format_html(
        '<svg class="shape tone-{}" width="12" height="12" viewBox="0 0 12 12" fill="currentColor" aria-hidden="true"'
        ' focusable="false">{}</svg>',
        tone,
        mark_safe(badges.SHAPES.get(name, badges.SHAPES["ring"])),  # noqa: S308 - our own constant
    )


@register.inclusion_tag("components/badge.html")
def badge(kind, value, word="", compact=False, note=""):
    """State → shape, colour and word. `compact` leaves the word to screen readers."""
    return {"look": badges.look(kind, value, word), "compact": compact, "note": note}
