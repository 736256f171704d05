"""Nouns of the API of this app, one file each."""

from . import plan, project


def register(router) -> None:
    for noun in (project, plan):
        noun.register(router)
