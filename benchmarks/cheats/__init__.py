"""Wrong programs that try to be accepted, sent through every entry of the product. None may get through.

The programs are data (`programs/*.toml`). `codesieve cheats` runs them; the tests do as well, on every tier.
"""
