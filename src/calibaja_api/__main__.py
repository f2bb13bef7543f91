"""`python -m calibaja_api` is the `calibaja` command."""

from calibaja_api.cli import run

run()
