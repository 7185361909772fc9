"""Several effects at once: subgroups, outcomes, and what looking at many of them costs."""
