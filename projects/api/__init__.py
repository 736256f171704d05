"""Nouns of the API of this app, one file each."""

from . import contract, help_request, plan, procedure, project, records


def register(router) -> None:
    for noun in (project, plan, contract, records, procedure, help_request):
        noun.register(router)
