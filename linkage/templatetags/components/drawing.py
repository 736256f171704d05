"""Bars, lines and tiles, drawn with SVG attributes because inline styles are forbidden."""

from decimal import Decimal

from linkage import badges

from .registry import register


def _share(part, whole) -> Decimal:
    """part ÷ whole as 0..100, cut at 100; nothing to divide → 0."""
    if part is None or not whole:
        return Decimal(0)
    share = Decimal(part) / Decimal(whole) * 100
    return min(max(share, Decimal(0)), Decimal(100)).quantize(Decimal("0.01"))


@register.inclusion_tag("components/progressbar.html")
def progressbar(done, total, label=""):
    """done of total as a bar with words."""
    return {"done": done, "total": total, "share": _share(done, total), "label": label}


@register.inclusion_tag("components/moneybar.html")
def moneybar(allocated, paid, due=None, label="资金"):
    """下达 as the whole bar, 已付 as its filled part, 本期应付 as a mark. Amounts in 元."""
    return {
        "allocated": allocated,
        "paid": paid,
        "due": due,
        "paid_share": _share(paid, allocated),
        "due_share": _share(due, allocated) if due is not None else None,
        "over": bool(allocated is not None and paid is not None and paid > allocated),
        "label": label,
    }


@register.inclusion_tag("components/tilemap.html")
def tilemap(tiles):
    """县区示意图（非行政区划图）. tiles: dicts slug, name, value, pace, url, note; placed by slug in the css."""
    return {"tiles": [{**tile, "look": badges.look("pace", tile["pace"])} for tile in tiles]}


SPARK_WIDTH, SPARK_HEIGHT, SPARK_PAD = 96, 24, 2


def _spark_paths(values) -> list[str]:
    """Polyline segments, broken where a value is None."""
    known = [Decimal(v) for v in values if v is not None]
    low, span = min(known), (max(known) - min(known)) or Decimal(1)
    step = Decimal(SPARK_WIDTH - 2 * SPARK_PAD) / max(len(values) - 1, 1)
    segments: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            segments.append([])
            continue
        x = SPARK_PAD + step * index
        y = SPARK_HEIGHT - SPARK_PAD - (Decimal(value) - low) / span * (SPARK_HEIGHT - 2 * SPARK_PAD)
        segments[-1].append(f"{x:.1f},{y:.1f}")
    return [" ".join(segment) for segment in segments if segment]


@register.inclusion_tag("components/sparkline.html")
def sparkline(values, label=""):
    """A small line; None leaves a gap. Screen readers hear first and last known value."""
    values = list(values)
    known = [value for value in values if value is not None]
    if not known:
        return {"segments": [], "label": label, "first": None, "last": None}
    segments = _spark_paths(values)
    return {
        "segments": segments,
        "label": label,
        "first": known[0],
        "last": known[-1],
        "end": segments[-1].split(" ")[-1].split(","),
    }
