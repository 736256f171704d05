"""What is measured, in the order in which it can be: design §8, one step each. Names for `--only`."""

STEPS = ("load", "pages", "alike", "export", "opening", "weekly", "book", "submit", "rollup", "trail", "import", "treasury")
