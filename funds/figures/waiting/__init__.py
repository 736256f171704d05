"""待支出资金所处环节: for every yuan of money not yet paid the link in which it is on each day (features 4.5).

`links` names the links; `course` is the pure rule (events in, links out); `reading` gathers the events in a fixed number of
queries; `holders` says who has the matter in hand; `table` adds up. Amounts inside are integer 分, so that every sum is exact.
"""
