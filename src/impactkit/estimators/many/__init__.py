"""Many actions at once: the numbers of one by one, in one pass over the rows."""
