"""Sheets of the ground: the roster."""
