"""Names of the standard library that programs use and forget to import: which line brings each."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codegen.python_source import parse

_FROM = {
    "typing": "Any Callable Dict DefaultDict Deque FrozenSet Generator Generic Iterable Iterator List Mapping "
    "MutableMapping NamedTuple Optional Sequence Set Tuple Type TypeVar Union cast overload",
    "collections": "ChainMap Counter OrderedDict defaultdict deque namedtuple",
    "functools": "cache cached_property cmp_to_key lru_cache partial reduce total_ordering wraps",
    "itertools": "accumulate chain combinations combinations_with_replacement cycle dropwhile groupby islice "
    "pairwise permutations product starmap takewhile zip_longest",
    "heapq": "heapify heappop heappush heappushpop heapreplace nlargest nsmallest",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "math": "acos asin atan atan2 ceil comb cos degrees exp factorial floor fsum gcd hypot inf isclose isqrt lcm log "
    "log10 log2 perm pi prod radians sin sqrt tan trunc",
    "operator": "attrgetter itemgetter mul",
    "statistics": "mean median mode pstdev pvariance stdev variance",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits punctuation",
    "random": "randint randrange shuffle",
    "copy": "copy deepcopy",
    "datetime": "date timedelta",
    "dataclasses": "dataclass field",
    "enum": "Enum IntEnum auto",
    "abc": "ABC abstractmethod",
    "fractions": "Fraction",
    "decimal": "Decimal",
    "hashlib": "md5 sha256",
    "io": "StringIO",
    "sys": "stdin stdout setrecursionlimit",
    "pathlib": "Path",
}
_MODULES = (
    "abc array ast base64 bisect calendar collections copy cmath dataclasses datetime decimal enum fractions functools "
    "hashlib heapq io itertools json logging math numbers operator os queue random re string struct statistics sys "
    "textwrap time types typing unicodedata zlib"
)
_SOURCE = {name: module for module, names in _FROM.items() for name in names.split()}
_MODULE_NAMES = frozenset(_MODULES.split())
_DATETIME_CLASS_ATTRIBUTES = frozenset(
    {"now", "strptime", "today", "utcnow", "fromisoformat", "combine", "fromtimestamp"}
)


def import_lines(program: str, names: Iterable[str]) -> list[str]:
    """Import lines for those of `names` that are known, in alphabetic order; a line a name."""
    known = sorted(name for name in names if name in _MODULE_NAMES or name in _SOURCE)
    if not known:
        return []
    tree = parse(program)
    attributes: dict[str, set[str]] = {}
    bare: set[str] = set()
    if tree is not None:
        owners = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                attributes.setdefault(node.value.id, set()).add(node.attr)
                owners.add(node.value)
        bare = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in owners}
    return [_line(name, attributes.get(name, set()), used_bare=name in bare) for name in known]


def _line(name: str, attributes: set[str], *, used_bare: bool) -> str:
    """`bisect` and `datetime` are modules and members of themselves: how the program uses them decides."""
    if name == "datetime":
        is_class = used_bare or bool(attributes & _DATETIME_CLASS_ATTRIBUTES)
        return "from datetime import datetime" if is_class else "import datetime"
    if name in _SOURCE and (name not in _MODULE_NAMES or used_bare):
        return f"from {_SOURCE[name]} import {name}"
    return f"import {name}"
