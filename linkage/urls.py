"""All addresses. Each app names its own; the public face is listed in docs/architecture/addresses.md."""

from django.urls import include, path

from linkage.views.health import healthz, loading_banner

handler403 = "linkage.views.refusal.denied"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("loading/", loading_banner, name="loading"),
    path("api/v1/", include("linkage.api_urls")),
    path("", include("linkage.page_urls")),
    path("", include("projects.urls")),
    path("", include("funds.urls")),
    path("", include("issues.urls")),
    path("", include("reports.urls")),
]
