"""The one register that all component modules fill."""

from django import template

register = template.Library()
