"""Balance before the action, judged without any result."""
