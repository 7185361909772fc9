"""Eligibility thresholds: the jump of the outcome where the right to the action starts."""
