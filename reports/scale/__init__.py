"""Data of the size of a province, written set-based: for measuring, not for showing (design §8).

`build.build(size, at=…)` is deterministic for a given size and moment. Every total, statement and voucher agrees with the
others, so that `check_figures` finds nothing; nobody's keystrokes are played (that is `seed_demo`).
"""
