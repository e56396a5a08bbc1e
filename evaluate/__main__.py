"""`python -m evaluate` is `evaluate`."""

from evaluate.cli import main

main()
