"""What a cohort says of itself: who is left, who is lost, when people answered, who they are."""
