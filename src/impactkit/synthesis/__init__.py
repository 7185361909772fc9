"""What the measures of many actions show together: evidence records in, one page and its tables out.

Only ``evidence.json`` and manifests are read: never a notebook, never a file about people.
"""

from impactkit.synthesis.gather import Gathered, gather
from impactkit.synthesis.layout import synthesis_document
from impactkit.synthesis.tables import synthesis_tables
from impactkit.synthesis.together import By, Synthesis, synthesise
from impactkit.synthesis.write import FORMATS, write_synthesis

__all__ = [
    "FORMATS",
    "By",
    "Gathered",
    "Synthesis",
    "gather",
    "synthesis_document",
    "synthesis_tables",
    "synthesise",
    "write_synthesis",
]
