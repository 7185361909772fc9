"""Standard errors and tests: array functions that know nothing of designs."""
