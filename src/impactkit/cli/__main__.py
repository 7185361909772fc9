"""``python -m impactkit.cli``: the command line where scripts are not on the path."""

from impactkit.cli.app import main

main()
