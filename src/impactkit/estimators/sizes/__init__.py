"""The size of an effect on scales that can be compared from one study to another."""
