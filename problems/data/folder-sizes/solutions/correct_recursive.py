from typing import Any


def folder_sizes(tree: dict[str, Any]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}

    def visit(folder: dict[str, Any], path: str) -> tuple[int, int]:
        size = files = 0
        for name, entry in folder.items():
            inner = visit(entry, f"{path}/{name}") if isinstance(entry, dict) else (entry, 1)
            size += inner[0]
            files += inner[1]
        found[path or "/"] = (size, files)
        return size, files

    visit(tree, "")
    return found
