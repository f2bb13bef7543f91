"""The command `calibaja`, which is also `python -m calibaja_api`."""

import gc

# All that is imported stays: to look for garbage meanwhile finds none, and makes a start a twentieth longer.
gc.disable()

from calibaja_api.cli import run  # noqa: E402 - what it imports is what is meant

if __name__ == "__main__":
    run()
