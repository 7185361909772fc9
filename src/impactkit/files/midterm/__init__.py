"""The tables of a contract's mid-term evaluation: their headers, and their rows once read."""

from impactkit.files.midterm.read import read_midterm
from impactkit.files.midterm.rows import ActionRow, FundingRow, IndicatorRow, Tables

__all__ = ["ActionRow", "FundingRow", "IndicatorRow", "Tables", "read_midterm"]
