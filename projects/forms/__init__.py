"""Forms of this app, one file per noun; fields that several share are at hand here."""

from .project import ConstructionForm, DayField, FreeText, NewProjectForm, ProjectForm, StageForm, units_to_edit

__all__ = ["ConstructionForm", "DayField", "FreeText", "NewProjectForm", "ProjectForm", "StageForm", "units_to_edit"]
