"""The command `calibaja`, which is also `python -m calibaja_api`."""

import gc

# All that is imported stays, so that to look for garbage meanwhile is in vain, and takes a twentieth of the start.
gc.disable()

from calibaja_api.cli import run  # noqa: E402 - what it imports is what is meant

if __name__ == "__main__":
    run()
