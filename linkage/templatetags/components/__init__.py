"""The components of every page, called by name after `{% load components %}`. Shown together at /help/gallery/.

Tags prepare words and coordinates; templates under `templates/components/` hold the markup. Nothing here queries.
"""

from . import drawing, fields, furniture, lists, numbers, states
from .registry import register

__all__ = ["drawing", "fields", "furniture", "lists", "numbers", "register", "states"]
