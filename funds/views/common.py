"""One page for every small form of this app."""

from django.shortcuts import render


def form_page(request, form, *, heading: str, submit: str, trail: list[tuple[str, str]], hint: str = ""):
    """`trail`: (label, address) from the list down; the last one is where 取消 leads."""
    return render(
        request, "funds/form.html",
        {"form": form, "heading": heading, "submit": submit, "trail": [*trail, (heading, "")], "back": trail[-1][1], "hint": hint},
        status=422 if form.is_bound else 200,
    )  # fmt: skip
