"""The record of people followed over the years: what came in, when, by whom, and who may be named."""

from impactkit.store.lifecycle import create_store, open_store, restore_store
from impactkit.store.store import Store

__all__ = ["Store", "create_store", "open_store", "restore_store"]
