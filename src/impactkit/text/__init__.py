"""Words and numbers in French and English: the lowest layer, which knows nothing of the rest."""

from impactkit.text.catalogue import Amount, Label, Message, Quantity, has_key
from impactkit.text.language import LANGUAGES, Language, current_language, set_language

__all__ = [
    "LANGUAGES",
    "Amount",
    "Label",
    "Language",
    "Message",
    "Quantity",
    "current_language",
    "has_key",
    "set_language",
]
