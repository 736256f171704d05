"""How far the demo years have been loaded. dev.py writes the word, seed_demo the details; pages and /healthz read them."""

from django.conf import settings

LOADING, READY, FAILED = "loading", "ready", "failed"
JOB_KIND = "load"


def demo_data() -> str:
    """One of loading, ready, failed; ready as well where nothing is ever loaded (production). No query."""
    try:
        word = (settings.DATA_DIR / "demo-data").read_text(encoding="ascii")
    except FileNotFoundError:
        return READY
    return word if word in {LOADING, FAILED} else READY


def words() -> str:
    """What every page says about it; empty when there is nothing to say. One query, and only while data are loading."""
    from linkage.models import Job, JobState

    word = demo_data()
    if word == READY:
        return ""
    if word == FAILED:
        return "演示数据没有载入完，页面上的数不全。停下程序（Ctrl-C）再启动，会从头载入。"
    job = Job.objects.filter(kind=JOB_KIND, state=JobState.RUNNING).order_by("-pk").first()
    return f"演示数据正在载入：{job.message if job and job.message else '正在建立账号，几秒后即可登录。'}"
