"""Two groups compared after the action."""
