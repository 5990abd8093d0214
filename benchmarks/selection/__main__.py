"""`python -m benchmarks.selection --pool DIR`: every selector on a pool of recorded samples."""

import sys

from benchmarks.selection.command import main
from codegen.cli.entry import invoke

if __name__ == "__main__":
    sys.exit(invoke(main))
