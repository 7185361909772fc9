"""Before any data: how many people, or how large an effect."""
