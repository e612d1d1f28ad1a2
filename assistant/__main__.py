"""Runs a command as `python -m assistant`, for when `assistant` is not on the path."""

import sys

from assistant.faces.terminal import main

sys.exit(main())
