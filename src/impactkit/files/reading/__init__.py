"""From a file of any kind to columns of text, and from text to values by a dictionary."""
