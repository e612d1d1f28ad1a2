"""Runs a command where `assistant` is not on the path: `python -m assistant`."""

import sys

from assistant.faces.terminal import main

sys.exit(main())
