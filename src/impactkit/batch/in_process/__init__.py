"""Notebooks executed in this very process: no kernel, no sockets, the same outputs."""
