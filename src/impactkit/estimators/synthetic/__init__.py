"""A territory and its donors."""
