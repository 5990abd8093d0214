"""The laboratory of selection: every selector on the same recorded samples, executed once (docs/selection.md)."""
