"""The page of an action: a record and the study's texts in, sections out."""

from impactkit.report.layout import Page, Section, page

__all__ = ["Page", "Section", "page"]
