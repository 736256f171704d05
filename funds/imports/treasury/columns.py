"""The headings under which exports of 财政预算管理一体化系统 name what we keep (domain.md §6.1 A, B, C and §6.2).

Headings are compared without blanks and units. What is not listed is not read, account numbers only for whether Chinese
signs stand in them.
"""

from linkage.excel.feeds import FeedColumn, FeedSheet

PAYMENT_COLUMNS = (
    FeedColumn("region", "text", ("区划名称", "地区名称", "行政区划", "行政区划名称", "地区", "财政区划", "财政区划名称"), "区划名称"),
    FeedColumn("region_code", "code", ("区划代码", "行政区划代码", "财政区划代码", "地区代码"), "区划代码"),
    FeedColumn("agency", "text", ("单位名称", "预算单位", "预算单位名称"), "预算单位"),
    FeedColumn("voucher_no", "code", ("支付凭证号", "支付凭证编号", "凭证号", "支付令号"), "支付凭证号"),
    FeedColumn("application_no", "code", ("支付申请号", "支付申请编号", "支付申请书号", "申请编号"), "支付申请号"),
    FeedColumn("paid_on", "date", ("支付日期", "付款日期", "清算日期", "支付时间", "付款时间"), "支付日期"),
    FeedColumn("imported_on", "date", ("导入日期", "导入时间"), "导入日期"),
    FeedColumn("amount_yuan", "yuan", ("支付金额", "金额", "实际支付金额", "付款金额", "本次支付金额"), "支付金额"),
    FeedColumn("purpose", "text", ("用途", "资金用途", "支付用途", "摘要"), "用途"),
    FeedColumn("quota_no", "text", ("指标文号", "预算指标文号"), "指标文号"),
    FeedColumn("budget_code", "code", ("预算项目编码", "预算项目代码", "项目编码", "项目代码", "支出项目编码"), "预算项目编码"),
    FeedColumn("budget_project", "text", ("项目名称", "预算项目", "预算项目名称", "支出项目", "支出项目名称"), "预算项目"),
    FeedColumn("fund", "text", ("资金名称", "追踪标识名称", "专项名称", "追踪标识"), "资金名称"),
    FeedColumn("kind_words", "text", ("支付类型", "凭证类型", "业务类型", "收支类别"), "收支类别"),
    FeedColumn("payee", "text", ("收款账户名称", "收款方账户名称", "收款人", "收款人名称", "收款人账户名称", "收款人户名", "收款人全称"), "收款账户名称"),
    FeedColumn("payee_account", "account", ("收款方账户", "收款方账号", "收款人账号", "收款账号", "收款人账户", "收款账户"), "收款方账号"),
    FeedColumn("payer", "text", ("付款账户名称", "付款方账户名称", "付款人", "付款人名称", "付款人账户名称", "付款人户名", "付款人全称"), "付款账户名称"),
    FeedColumn("payer_account", "account", ("付款方账户", "付款方账号", "付款人账号", "付款账号", "付款人账户", "付款账户"), "付款方账号"),
)
PAYMENTS = FeedSheet(
    "payments", "支付明细", PAYMENT_COLUMNS,
    (("amount_yuan",), ("payee", "payee_account"), ("voucher_no", "application_no", "paid_on"), ("purpose", "budget_project", "quota_no")),
)  # fmt: skip

QUOTA_COLUMNS = (
    FeedColumn("region", "text", ("区划名称", "地区名称", "行政区划", "行政区划名称", "财政区划", "财政区划名称"), "区划名称"),
    FeedColumn("region_code", "code", ("区划代码", "行政区划代码", "财政区划代码"), "区划代码"),
    FeedColumn("detail_no", "code", ("指标明细号", "指标明细编号", "指标编号", "指标ID"), "指标明细号"),
    FeedColumn("document_no", "text", ("指标文号", "预算指标文号"), "指标文号"),
    FeedColumn("upper_document_no", "text", ("上级指标文号", "来源指标文号"), "上级指标文号"),
    FeedColumn("amount_yuan", "yuan", ("指标金额", "总金额", "预算金额", "指标总金额"), "指标金额"),
    FeedColumn("central_yuan", "yuan", ("中央安排",), "中央安排"),
    FeedColumn("province_yuan", "yuan", ("省级安排",), "省级安排"),
    FeedColumn("prefecture_yuan", "yuan", ("市级安排",), "市级安排"),
    FeedColumn("county_yuan", "yuan", ("县级安排",), "县级安排"),
    FeedColumn("level_words", "text", ("预算级次", "资金级次", "资金来源", "指标来源"), "预算级次"),
    FeedColumn("fund_words", "text", ("资金性质", "资金名称", "追踪标识"), "资金性质"),
    FeedColumn("agency", "text", ("预算单位", "单位名称", "主管部门"), "预算单位"),
    FeedColumn("budget_project", "text", ("支出项目", "预算项目", "项目名称", "支出项目名称"), "支出项目"),
    FeedColumn("summary", "text", ("指标摘要", "摘要"), "指标摘要"),
    FeedColumn("issued_on", "date", ("下达时间", "下达日期", "接收时间", "分配时间", "发文日期"), "下达时间"),
    FeedColumn("fund_year", "code", ("预算年度", "年度", "业务年度"), "预算年度"),
)
QUOTAS = FeedSheet(
    "quotas", "指标（预算下达）", QUOTA_COLUMNS,
    (("document_no",), ("amount_yuan",), ("detail_no", "upper_document_no", "summary", "level_words", "fund_words")),
)  # fmt: skip
