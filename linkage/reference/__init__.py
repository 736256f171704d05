"""Reference data of 大兴安岭地区: regions, bodies, words. `load()` brings in what is missing and changes nothing else."""

from .loader import load

__all__ = ["load"]
