"""A run as one self-contained HTML page: figures, plots, a table of problems, and each problem's programs on demand."""

from __future__ import annotations

from benchmarks.page.build import write_page

__all__ = ["write_page"]
