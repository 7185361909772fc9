"""The monthly RSA flow that départements receive from the family benefit funds (RSABEM)."""

from impactkit.files.rsa.months import read_rsa

__all__ = ["read_rsa"]
