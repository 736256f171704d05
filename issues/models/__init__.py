from .issue import FROM_ABOVE, Issue, IssueNote, IssueState, IssueTransition, Origin, Severity

__all__ = ["FROM_ABOVE", "Issue", "IssueNote", "IssueState", "IssueTransition", "Origin", "Severity"]
