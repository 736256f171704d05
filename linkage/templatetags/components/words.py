"""Figures as words, shared by the components."""

from linkage import money as amounts

DASH = amounts.NOTHING


def count_words(value) -> str:
    return DASH if value is None else f"{value:,}"


def wan_words(amount_yuan) -> str:
    return amounts.wan_text(amount_yuan, 2)


def yuan_words(amount_yuan) -> str:
    return f"{amounts.yuan(amount_yuan):,f}"
