"""The making of the invented sample data: no real person, place or organisation."""
