"""The mid-term execution report of a contract: its four parts, what is missing and who owes it."""

from impactkit.midterm.report import MidtermReport, midterm_report
from impactkit.midterm.write import midterm_document, write_midterm

__all__ = ["MidtermReport", "midterm_document", "midterm_report", "write_midterm"]
