"""/projects/<pk>/: everything about one project, one address per tab (features 10.4)."""

from .tabs import Shown, Tab, register_tab

__all__ = ["Shown", "Tab", "register_tab"]
