"""Where the apps above hang in reference data of their own; called in their `ready()`, run by `load()`."""

from __future__ import annotations

from collections.abc import Callable

Loader = Callable[..., dict[str, int]]
_loaders: list[Loader] = []


def register_loader(loader: Loader) -> None:
    """`loader(at=, by=)` adds what is missing and gives how many rows of each kind it added."""
    if loader not in _loaders:
        _loaders.append(loader)


def loaders() -> tuple[Loader, ...]:
    return tuple(_loaders)
