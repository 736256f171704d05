"""The API's addresses: one router filled by every app, its schema and its documentation (design §7)."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import APIRootView, DefaultRouter
from rest_framework.views import APIView

from linkage.views.api_docs import api_docs

app_name = "api"
APPS = ("linkage", "projects", "funds", "issues", "reports")


class Root(APIRootView):
    """The nouns and where they are."""

    permission_classes = [IsAuthenticated]


class Router(DefaultRouter):
    include_format_suffixes = False
    APIRootView = Root


class Unknown(APIView):
    """Any other address below /api/v1/: a 404 in the API's own form."""

    permission_classes = [IsAuthenticated]
    schema = None

    def get(self, request, rest):
        raise NotFound

    post = put = patch = delete = get


def _router() -> Router:
    router = Router()
    for app in APPS:
        for module in (f"{app}.api_urls", f"{app}.api"):
            if module != __name__ and find_spec(module) is not None:
                import_module(module).register(router)
                break
    return router


urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
    *_router().urls,
    re_path(r"^(?P<rest>.+/)$", Unknown.as_view(), name="unknown"),
]
