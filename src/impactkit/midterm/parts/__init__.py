"""The parts of the report as blocks: one file per part, read by every writer."""
