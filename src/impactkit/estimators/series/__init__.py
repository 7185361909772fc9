"""One series with a break."""
