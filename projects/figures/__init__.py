"""Numbers about projects."""
