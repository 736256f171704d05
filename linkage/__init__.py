"""The ground of the system (who is who, who may see what, shared tools) and its project package."""

__version__ = "0.1.0"
