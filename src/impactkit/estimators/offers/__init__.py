"""Encouragement: the effect of taking part, when lots were drawn for the offer."""
