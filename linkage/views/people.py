"""Accounts and seats, for the 安全管理员 alone. One-time passwords appear once, on a page that is not kept."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linkage import handover, periods
from linkage.actions import people as actions
from linkage.actions.people import Credential
from linkage.errors import Refusal
from linkage.exports import credentials as slips
from linkage.figures import people as figures
from linkage.figures import setup
from linkage.forms.people import ActingSeatForm, EndSeatForm, PeopleFilter, ReasonForm, RosterForm, SeatForm, UserForm
from linkage.imports import roster
from linkage.models import Region, RegionKind, Role, Seat, User

from .one_form import FormPage, one_form
from .pages import needs, paged, refusal_words, telling, telling_form

MANAGE = figures.MANAGE
form_methods = require_http_methods(["GET", "HEAD", "POST"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _user(request: HttpRequest, pk: int) -> User:
    """The person, if this 安全管理员 manages them; else 404."""
    return get_object_or_404(figures.managed_users(request.user), pk=pk)


def _places(request: HttpRequest):
    return figures.managed_regions(request.user).exclude(kind=RegionKind.TOWNSHIP).order_by("display_order", "pk")


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("人员与岗位", reverse("people")), *more]


# -- reading ------------------------------------------------------------------------------------------------------------


@require_safe
@needs(MANAGE)
def index(request: HttpRequest) -> HttpResponse:
    """Everybody with live seats; filtered in the address."""
    today = periods.today()
    form = PeopleFilter(request.GET or None, regions=_places(request))
    rows = _filtered(request.user, form.cleaned_data if form.is_valid() else {}, today)
    live = Seat.objects.on(today).select_related("region", "organisation", "acting_for__user").order_by("pk")
    page = paged(request, rows.prefetch_related(Prefetch("seats", live, to_attr="live_seats")))
    return render(
        request,
        "people/index.html",
        {
            "form": form,
            "page_obj": page,
            "fresh": figures.with_unused_password(request.user).count(),
            "total": page.paginator.count,
        },
    )


def _filtered(user, wanted: dict, today):
    """The people `user` manages, as far as the filter wants them."""
    rows = figures.with_unused_password(user) if wanted.get("state") == "fresh" else figures.managed_users(user)
    if wanted.get("q"):
        rows = rows.filter(Q(name__icontains=wanted["q"]) | Q(username__icontains=wanted["q"]))
    seats = Seat.objects.on(today)
    if wanted.get("region"):
        rows = rows.filter(pk__in=seats.filter(region=wanted["region"]).values("user_id"))
    if wanted.get("role"):
        rows = rows.filter(pk__in=seats.filter(role=wanted["role"]).values("user_id"))
    state = wanted.get("state")
    if state == "live":
        rows = rows.filter(pk__in=seats.values("user_id"), is_active=True)
    elif state == "idle":
        rows = rows.filter(is_active=True).exclude(pk__in=seats.values("user_id"))
    elif state == "service":
        rows = rows.filter(is_service=True)
    elif state == "off":
        rows = rows.filter(is_active=False)
    return rows


@require_safe
@needs(MANAGE)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: facts, seats past and present, what can be done."""
    user = _user(request, pk)
    today = periods.today()
    mine = set(figures.managed_seats(request.user).values_list("pk", flat=True))
    seats = user.seats.select_related("region", "organisation", "acting_for__user").order_by("-since", "-pk")
    return render(
        request,
        "people/person.html",
        {
            "person": user,
            "is_self": user.pk == request.user.pk,
            "seats": [
                {"seat": seat, "state": _seat_state(seat, today), "mine": seat.pk in mine, "fresh": seat.since >= today}
                for seat in seats
            ],
            "reason_form": ReasonForm(auto_id="off_%s"),
            "tokens": figures.token_use(user, at=periods.now()),
            "handovers": user.handovers_given.prefetch_related("items"),
        },
    )


def _seat_state(seat: Seat, today) -> str:
    if seat.since > today:
        return "ahead"
    return "over" if seat.until and seat.until < today else "live"


# -- accounts -----------------------------------------------------------------------------------------------------------


@never_cache
@form_methods
@needs(MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    """A new account; its one-time password is shown in the answer and nowhere else."""
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            user, password = actions.create_user(by=request.user, **form.cleaned_data)
        if not told.refused:
            return _show_one(request, user, password)
    page = FormPage(
        "新增账号", reverse("people"), _crumbs(), "新账号没有岗位，看不到任何内容；建立后请安排岗位。", "建立账号"
    )
    return render(request, "directory/form.html", {"form": form, "page": page}, status=422 if form.errors else 200)


@form_methods
@needs(MANAGE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    initial = {name: getattr(user, name) for name in ("name", "duty", "office_phone")}
    form = UserForm(request.POST or None, editing=True, initial=initial)
    back = reverse("person", args=[pk])
    page = FormPage(f"修改人员：{user}", back, _crumbs((str(user), back)))
    return one_form(request, form, page, lambda data: actions.edit_user(by=request.user, user=user, **data))


@never_cache
@require_POST
@needs(MANAGE)
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    with telling(request) as told:
        password = actions.reset_password(by=request.user, user=user)
    if told.refused:
        return redirect("person", pk)
    return _show_one(request, user, password)


@require_POST
@needs(MANAGE)
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    cleared = actions.unlock(by=request.user, user=user)
    messages.success(request, "已解除登录锁定。" if cleared else "该账号没有被锁定。")
    return redirect("person", pk)


@require_POST
@needs(MANAGE)
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    with telling(request) as told:
        actions.set_active(
            by=request.user, user=user, is_active=not user.is_active, reason=request.POST.get("reason", "")[:120]
        )
    if not told.refused:
        messages.success(request, "账号已启用。" if user.is_active else "账号已停用，它的令牌不能再用。" if user.is_service else "账号已停用，此人不能再登录。")
    return redirect("person", pk)


def _show_one(request: HttpRequest, user: User, password: str) -> HttpResponse:
    """The slip of one person, with the next step where the person has no seat yet and would see nothing."""
    seats = "；".join(map(str, user.seats.on(periods.today()).select_related("region", "organisation")))
    following = None if seats else Following(
        "安排岗位", reverse("seat-new", args=[user.pk]), "还没有岗位，登录后什么也看不到",
        "打印或抄下口令以后，点“下一步：安排岗位”，给他（她）安排角色、范围和起止。",
    )  # fmt: skip
    return _show(request, [Credential(user.username, user.name, seats, password)], reverse("person", args=[user.pk]), following)


@dataclass(frozen=True)
class Following:
    """What comes after the slips are handed over: the words of the link, its address, why."""

    label: str
    url: str
    title: str
    text: str


def _show(request: HttpRequest, credentials: list[Credential], back: str, following: Following | None = None) -> HttpResponse:
    """Passwords on a page that no cache keeps, ready to print."""
    return render(request, "people/passwords.html", {"credentials": credentials, "back": back, "following": following})


@never_cache
@require_POST
@needs(MANAGE)
def reissue(request: HttpRequest) -> HttpResponse:
    """The list was lost: new passwords for everybody who has not used the first one."""
    fresh = actions.reissue_passwords(by=request.user)
    if not fresh:
        messages.info(request, "没有还未使用的一次性口令。")
        return redirect("people")
    return _answer(request, fresh)


def _answer(request: HttpRequest, credentials: list[Credential]) -> HttpResponse:
    """As a page to print, or as a workbook: whichever was chosen; once."""
    if request.POST.get("as") == "xlsx":
        return _download(slips.workbook(credentials), "passwords.xlsx")
    step = setup.current()
    following = None
    if step and step.permission == MANAGE:
        following = Following(
            f"确认“{step.title}”", reverse("setup-step", args=[step.code]), "首日设置还在这一步", "口令交代以后回到首日设置，看还缺什么，再确认这一步。"
        )
    return _show(request, credentials, reverse("people"), following)


def _download(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# -- seats --------------------------------------------------------------------------------------------------------------


@form_methods
@needs(MANAGE)
def seat_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    form = SeatForm(request.POST or None, regions=_places(request), initial={"since": periods.today()})
    back = reverse("person", args=[pk])
    page = FormPage(
        f"安排岗位：{user}", back, _crumbs((str(user), back)),
        "填报与审签、上报与接收须由不同的人担任；三员须由三人分别担任，且不兼任业务岗位。", "安排岗位", "岗位已安排。",
    )  # fmt: skip
    return one_form(request, form, page, lambda data: actions.give_seat(by=request.user, user=user, **data))


@form_methods
@needs(MANAGE)
def acting_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    seats = (
        figures.managed_seats(request.user)
        .filter(pk__in=Seat.objects.on(periods.today()).values("pk"))
        .exclude(user=user)
    )
    form = ActingSeatForm(request.POST or None, seats=seats, initial={"since": periods.today()})
    back = reverse("person", args=[pk])
    page = FormPage(
        f"安排代理：{user}",
        back,
        _crumbs((str(user), back)),
        "代理期内办理的事项记为代签；到期自动失效。",
        "安排代理",
        "代理已安排。",
    )
    return one_form(request, form, page, lambda data: actions.give_acting_seat(by=request.user, user=user, **data))


@form_methods
@needs(MANAGE)
def seat_end(request: HttpRequest, pk: int) -> HttpResponse:
    seat = get_object_or_404(figures.managed_seats(request.user), pk=pk)
    form = EndSeatForm(request.POST or None, initial={"until": periods.today()})
    back = reverse("person", args=[seat.user_id])
    page = FormPage(
        f"终止岗位：{seat}", back, _crumbs((str(seat.user), back)),
        f"{seat.user}，{seat.since} 起。代理此岗的人同时终止。{_still_open(seat)}", "终止岗位",
        "岗位已终止，历史保留。",
    )  # fmt: skip
    return one_form(request, form, page, lambda data: actions.end_seat(by=request.user, seat=seat, **data))


def _still_open(seat: Seat) -> str:
    """Kinds and numbers of what nobody has taken over: told before the form is filled in, not after."""
    groups = handover.outstanding(seat, periods.today())
    return f"还有未交接的事项：{handover.words(groups)}，须先由本人或本单位办理工作交接。" if groups else ""


@require_POST
@needs(MANAGE)
def seat_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """A seat given by mistake, taken back on its first day or before."""
    seat = get_object_or_404(figures.managed_seats(request.user), pk=pk)
    with telling(request) as told:
        actions.cancel_seat(by=request.user, seat=seat)
    if not told.refused:
        messages.success(request, "岗位已撤销。")
    return redirect("person", seat.user_id)


# -- roster sheet -------------------------------------------------------------------------------------------------------


@require_safe
@needs(MANAGE)
def roster_template(request: HttpRequest) -> HttpResponse:
    return _download(roster.workbook(), "roster.xlsx")


@form_methods
@needs(MANAGE)
def roster_upload(request: HttpRequest) -> HttpResponse:
    """Upload → every problem at once, or a preview to confirm. Nothing is stored before the confirmation."""
    form = RosterForm(request.POST or None, request.FILES or None)
    context: dict = {
        "form": form,
        "units": Region.objects.reporting().exists(),
        "reading": None,
        "packed": "",
        "preview": [],
    }
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            reading = roster.read(file, file.name, by=request.user, on=periods.today())
        except Refusal as refusal:
            form.add_error("file", refusal_words(refusal))
        else:
            packed = "" if reading.problems else roster.pack(reading.entries)
            context |= {"reading": reading, "packed": packed, "preview": _preview(reading.entries)}
    reading = context["reading"]
    wrong = form.errors or (reading and reading.problems)
    return render(request, "people/roster.html", context, status=422 if wrong else 200)


def _preview(entries: list[actions.Entry]) -> list[dict]:
    regions = Region.objects.in_bulk({entry.region_slug for entry in entries}, field_name="slug")
    return [{"entry": e, "region": regions[e.region_slug], "role": Role(e.role).label} for e in entries]


@never_cache
@require_POST
@needs(MANAGE)
def roster_confirm(request: HttpRequest) -> HttpResponse:
    """All accounts and seats in one transaction; the answer is the list of one-time passwords."""
    with telling(request) as told:
        fresh = actions.import_roster(by=request.user, entries=roster.unpack(request.POST.get("rows", "")))
    if told.refused:
        return redirect("people-roster")
    if not fresh:
        messages.success(request, "岗位已导入，没有新账号。")
        return redirect("people")
    return _answer(request, fresh)
