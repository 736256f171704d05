"""Small pieces of the weekly pages that need more than a variable."""

from django import template

register = template.Library()


@register.inclusion_tag("weekly/_remark_box.html")
def remark_box(project, place, typed, name="", label=""):
    """A foldable box for the reviewer's remark at one field; keeps what was typed when the form comes back."""
    key = f"remark:{project}:{place}"
    return {"key": key, "text": (typed or {}).get(key, ""), "about": f"{name} {label}".strip()}
