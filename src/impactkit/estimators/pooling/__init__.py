"""Effects of several actions together: how much they vary, their average, and each with its siblings."""
