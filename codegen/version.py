"""The version, alone in a file so that the build and `codesieve --version` read it without any import."""

__version__ = "0.1.0"
