"""The command line: ``impactkit demo``, ``new``, ``check``, ``run``, ``status``, ``schema``."""

from impactkit.cli.app import main

__all__ = ["main"]
