"""Addresses of this app."""

from django.urls import path

from funds.views import batches, ledger, pace, targets, treasury, unmatched, vouchers, waiting

urlpatterns = [
    path("funds/", ledger.fund_ledger, name="fund-ledger"),
    path("funds/export/", ledger.ledger_export, name="fund-ledger-export"),
    path("funds/pace/", pace.fund_pace, name="fund-pace"),
    path("funds/pace/export/", pace.pace_export, name="fund-pace-export"),
    path("funds/waiting/", waiting.fund_waiting, name="fund-waiting"),
    path("funds/waiting/export/", waiting.waiting_export, name="fund-waiting-export"),
    path("funds/waiting/projects/<int:pk>/", waiting.waiting_project, name="waiting-project"),
    path("funds/waiting/steps/", waiting.claim_routes, name="claim-routes"),
    path("funds/waiting/steps/new/", waiting.claim_route_new, name="claim-route-new"),
    path("funds/batches/", batches.batch_list, name="batch-list"),
    path("funds/batches/export/", batches.batch_export, name="batch-export"),
    path("funds/batches/new/", batches.batch_new, name="batch-new"),
    path("funds/batches/<int:pk>/", batches.batch_detail, name="batch-detail"),
    path("funds/batches/<int:pk>/edit/", batches.batch_edit, name="batch-edit"),
    path("funds/batches/<int:pk>/reduce/", batches.batch_reduce, name="batch-reduce"),
    path("funds/batches/<int:pk>/allocate/", batches.batch_allocate, name="batch-allocate"),
    path("funds/shares/<int:pk>/", batches.share_detail, name="share-detail"),
    path("funds/shares/<int:pk>/arrange/", batches.share_arrange, name="share-arrange"),
    path("funds/shares/<int:pk>/adjust/", batches.share_adjust, name="share-adjust"),
    path("funds/allocations/<int:pk>/adjust/", batches.allocation_adjust, name="allocation-adjust"),
    path("funds/vouchers/", vouchers.voucher_list, name="voucher-list"),
    path("funds/vouchers/export/", vouchers.voucher_export, name="voucher-export"),
    path("funds/vouchers/new/", vouchers.voucher_new, name="voucher-new"),
    path("funds/vouchers/<int:pk>/", vouchers.voucher_detail, name="voucher-detail"),
    path("funds/vouchers/<int:pk>/take-back/", vouchers.voucher_take_back, name="voucher-take-back"),
    path("funds/treasury/", treasury.treasury, name="treasury"),
    path("funds/treasury/columns/", treasury.sample, name="treasury-columns"),
    path("funds/treasury/<int:pk>/", treasury.upload, name="treasury-upload"),
    path("funds/treasury/documents/", unmatched.documents, name="treasury-documents"),
    path("funds/treasury/unmatched/", unmatched.unmatched, name="treasury-unmatched"),
    path("funds/treasury/unmatched/<int:pk>/", unmatched.decide, name="treasury-decide"),
    path("funds/treasury/matches/<int:pk>/forget/", unmatched.forget, name="treasury-forget"),
    path("funds/targets/", targets.target_list, name="target-list"),
    path("funds/targets/new/", targets.target_new, name="target-new"),
    path("funds/targets/<int:pk>/edit/", targets.target_edit, name="target-edit"),
    path("funds/targets/<int:pk>/delete/", targets.target_delete, name="target-delete"),
]
