"""The mid-term execution report of a contract: its four parts, what is missing and who owes it."""

from impactkit.midterm.report import MidtermReport, midterm_report

__all__ = ["MidtermReport", "midterm_report"]
