"""What an effect becomes if trends had differed."""
