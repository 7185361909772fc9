"""The making of the invented sample data: no real person, place or organisation."""

import os

# openpyxl writes other bytes with lxml than without: the files are the same wherever they are made.
os.environ["OPENPYXL_LXML"] = "False"
