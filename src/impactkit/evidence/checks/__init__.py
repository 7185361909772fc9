"""One question per file: an estimate in, a `Check` out."""
