"""People lost on the way: what their absence may do to an effect."""
