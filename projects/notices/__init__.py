"""Who is told what, one file per noun."""

from .plan import plan_moved

__all__ = ["plan_moved"]
