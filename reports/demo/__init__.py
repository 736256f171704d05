"""The demo years: plays the previous fund year and the current one through the actions that people call (design §7).

`play.play(at=…)` is deterministic for a given moment. No page, test or figure knows that the data are a demonstration.
"""
