"""Fresh inputs that tell programs apart: mutated examples, and draws from strategies inferred from a problem.

Inputs need no expected output: survivors are only compared with each other. They stay near the size of the examples,
since an input that is much larger would end slow but right programs, and so tell apart what is not different.
"""

from __future__ import annotations

from codegen.inputs.generated import GeneratedInput
from codegen.inputs.generator import generate_inputs

__all__ = ["GeneratedInput", "generate_inputs"]
