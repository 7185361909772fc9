"""Effects by time since entry, and the two-way regression."""
