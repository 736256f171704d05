"""/admin/: the plain dictionaries, and nothing else. Entered by the 系统管理员 alone, decided from seats (features 12.3)."""

from __future__ import annotations

from functools import wraps

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse

from linkage import access, audit
from linkage.actions.rows import changed, facts
from linkage.models import DictionaryEntry, ExtraPeriod, Matter, Region, RegionAlias

ENTER = "dictionary.edit"  # held by the 系统管理员 only


class DictionarySite(admin.AdminSite):
    """Rights come from seats; is_staff and groups mean nothing here."""

    site_header = "词表"
    site_title = "词表"
    index_title = "词表"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, ENTER)

    def admin_view(self, view, cacheable=False):
        """One answer for everybody else: the site's log-in for strangers, a plain 403 for who is in without the right."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs):
            return inner(request, *args, **kwargs) if self.has_permission(request) else self.login(request)

        return guarded

    def index(self, request: HttpRequest, extra_context=None):
        """Each list with what it is for; one query per list."""
        lists = [
            {
                "name": model._meta.verbose_name,
                "about": getattr(keeper, "about", ""),
                "count": model._default_manager.count(),
                "url": reverse(f"admin:linkage_{model._meta.model_name}_changelist"),
                "add_url": reverse(f"admin:linkage_{model._meta.model_name}_add") if keeper.has_add_permission(request) else "",
            }
            for model, keeper in self._registry.items()
        ]
        return render(request, "dictionaries/index.html", {"lists": lists})

    def app_index(self, request: HttpRequest, app_label: str, extra_context=None):
        """There is one app here: its page is the index."""
        return redirect("admin:index")

    def login(self, request: HttpRequest, extra_context=None):
        """There is one log-in, and it is not here: who is in and has no right is told so."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise access.Denied("词表由系统管理员维护。", "dictionary.edit")
        return redirect_to_login(reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context=None):
        """Log-out and password have one place each, where they are recorded."""
        return redirect("account")

    def password_change(self, request: HttpRequest, extra_context=None):
        return redirect("password")


site = DictionarySite(name="admin")


class DictionaryAdmin(admin.ModelAdmin):
    """Rows are switched off, never deleted; every save is audited."""

    about = ""

    def has_module_permission(self, request) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request, obj=None) -> bool:
        return self.admin_site.has_permission(request)

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        before = facts(type(obj)._default_manager.get(pk=obj.pk)) if change else {}
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            old, new = changed(before, facts(obj))
            if new:
                verb = "修改词表" if change else "新增词表"
                audit.record(by=request.user, verb=verb, target=obj, before=old or None, after=new)


class AliasInline(admin.TabularInline):
    """Aliases may also be taken away: nothing hangs on them."""

    model = RegionAlias
    extra = 1

    def has_view_permission(self, request, obj=None) -> bool:
        return access.may(request.user, ENTER)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(Region, site=site)
class RegionAdmin(DictionaryAdmin):
    """Names and aliases. Slug, kind and parent make the paths of scope and stay as they are; new nodes: /directory/."""

    about = "名称、排列顺序、编号前缀和别名；别名用来认出导入表里的旧名、简称和代码。新增地区在首日设置第 1 步。"

    list_display = ("name", "kind", "group", "code_prefix", "display_order", "is_reporting", "is_active")
    list_filter = ("kind", "is_reporting", "is_active")
    search_fields = ("name", "slug", "aliases__name")
    readonly_fields = ("slug", "kind", "parent", "path")
    ordering = ("path",)
    inlines = (AliasInline,)

    def has_add_permission(self, request) -> bool:
        return False

    def save_formset(self, request, form, formset, change) -> None:
        """The aliases of one region, audited as one act."""
        region = form.instance
        before = _aliases(region)
        with transaction.atomic():
            super().save_formset(request, form, formset, change)
            if _aliases(region) != before:
                audit.record(
                    by=request.user,
                    verb="修改地区别名",
                    target=region,
                    before={"aliases": before},
                    after={"aliases": _aliases(region)},
                )


def _aliases(region: Region) -> list[str]:
    return [" ".join(filter(None, pair)) for pair in region.aliases.order_by("pk").values_list("name", "code_system")]


@admin.register(Matter, site=site)
class MatterAdmin(DictionaryAdmin):
    about = "需要有人承办的事项，如用地、环评、施工许可；名录里逐个单位答复由谁办理。"
    list_display = ("name", "code", "phase", "function", "display_order", "is_active")
    list_filter = ("phase", "function", "is_active")

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()


@admin.register(DictionaryEntry, site=site)
class DictionaryEntryAdmin(DictionaryAdmin):
    about = "项目类别、建设性质、当前环节、问题原因；填报、导入和筛选时选用。"
    list_display = ("name", "kind", "parent", "code", "display_order", "is_verified", "is_active")
    list_filter = ("kind", "is_verified", "is_active")
    search_fields = ("name", "code")
    list_select_related = ("parent",)

    def get_readonly_fields(self, request, obj=None):
        return ("kind", "code") if obj else ()


@admin.register(ExtraPeriod, site=site)
class ExtraPeriodAdmin(DictionaryAdmin):
    about = "每周之外另加的调度期，如年终关账；也可以在工作日历里加。"
    list_display = ("key", "title", "cutoff_on", "due_on", "document")

    def get_readonly_fields(self, request, obj=None):
        return ("key",) if obj else ()
