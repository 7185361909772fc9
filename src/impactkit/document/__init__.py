"""What a page is made of, and its writers: one model of a document, so that every format says the same."""
