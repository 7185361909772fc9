"""Difference in differences, between two times or by date of entry."""
