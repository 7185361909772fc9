"""Before and after among the same people."""
