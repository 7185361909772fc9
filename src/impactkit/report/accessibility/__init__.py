"""A page checked against what RGAA 4.1 asks and a program can see."""

from impactkit.report.accessibility.check import check_page
from impactkit.report.accessibility.finding import Finding

__all__ = ["Finding", "check_page"]
