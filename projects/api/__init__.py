"""Nouns of the API of this app, one file each."""

from . import project


def register(router) -> None:
    project.register(router)
