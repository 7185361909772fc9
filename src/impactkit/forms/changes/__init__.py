"""The questionnaire on territorial and partnership changes: the sheet to fill, its reading, its summary."""

from impactkit.forms.changes.read import Answer, Answers, read_changes
from impactkit.forms.changes.sheet import questionnaire
from impactkit.forms.changes.summarise import ItemSummary, consensus, summarise

__all__ = ["Answer", "Answers", "ItemSummary", "consensus", "questionnaire", "read_changes", "summarise"]
