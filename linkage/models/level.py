"""Levels of the budget that money comes from (features 4.1). Plans name them before any fund document does."""

from django.db import models


class Level(models.TextChoices):
    CENTRAL = "central", "中央"
    PROVINCIAL = "provincial", "省级"
    PREFECTURE = "prefecture", "地区"
    COUNTY = "county", "县级"
