"""What a service owes before it follows people: the record of processing and the impact assessment, begun."""

from impactkit.protection.write import write_privacy

__all__ = ["write_privacy"]
