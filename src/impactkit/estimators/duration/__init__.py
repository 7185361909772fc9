"""Time until an event: exit to employment, return to benefit."""
