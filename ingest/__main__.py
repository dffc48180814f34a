"""`python -m ingest`: the same as `tutor ingest`."""

import sys

from ui.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["ingest"]
    main()
