"""The manual as pages, rendered from docs/manual/."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linkage import manual


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "help/index.html", {"chapters": manual.chapters()})


@require_safe
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    chapters = manual.chapters()
    place = next((number for number, one in enumerate(chapters) if one.slug == slug), None)
    if place is None:
        raise Http404
    following = chapters[place + 1] if place + 1 < len(chapters) else None
    context = {"chapter": chapters[place], "chapters": chapters, "following": following}
    return render(request, "help/chapter.html", context)
