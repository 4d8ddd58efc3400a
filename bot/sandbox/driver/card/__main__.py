"""Prints the card of the file that is named on the command line."""

from __future__ import annotations

import sys

from . import look

if __name__ == "__main__":
    look.main(sys.argv[1])
