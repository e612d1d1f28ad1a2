"""Runs a command where `assistant` is not on the path: `python -m assistant.cli`."""

import sys

from assistant.cli import main

sys.exit(main())
