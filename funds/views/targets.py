"""支出节点: read by everyone, kept by the head of the office."""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funds.actions.target import FIELDS, delete_target, save_target
from funds.forms import TargetForm
from funds.models import TargetNode
from funds.views.common import form_page
from linkage import access
from linkage.views.pages import needs, paged, refusal_to_message, telling_form


@require_safe
@needs("period.read", "rule.edit")
def target_list(request):
    rows = TargetNode.objects.visible_to(request.user).select_related("task", "region").order_by("-fund_year", "measure", "due_on", "pk")
    return render(request, "funds/target_list.html", {"page": paged(request, rows), "may_edit": access.may(request.user, "rule.edit")})


@require_http_methods(["GET", "POST"])
@needs("rule.edit")
def target_new(request):
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@needs("rule.edit")
def target_edit(request, pk):
    return _edit(request, get_object_or_404(TargetNode.objects.visible_to(request.user), pk=pk))


def _edit(request, node: TargetNode | None):
    initial = {name: getattr(node, name) for name in (*FIELDS, "revision")} if node else {}
    form = TargetForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            seen = form.cleaned_data["revision"]
            save_target(node=node, values=form.cleaned_data, revision=-1 if seen is None else seen, by=request.user)
        if not told.refused:
            return redirect("target-list")
    return form_page(
        request, form, heading="修改支出节点" if node else "登记支出节点", submit="保存", trail=[("支出节点", reverse("target-list"))],
        hint="只有核对过、写明依据文件的节点参与判定；其余只作参考，判定仍按序时。",
    )  # fmt: skip


@require_POST
@needs("rule.edit")
@refusal_to_message(lambda request, pk: reverse("target-list"))
def target_delete(request, pk):
    delete_target(node=get_object_or_404(TargetNode.objects.visible_to(request.user), pk=pk), by=request.user)
    return redirect("target-list")
