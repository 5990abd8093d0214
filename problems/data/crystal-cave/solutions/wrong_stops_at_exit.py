from collections import deque


def crystal_steps(cave):
    rows, columns = len(cave), len(cave[0])
    crystals = [(i, j) for i in range(rows) for j in range(columns) if cave[i][j] == "C"]
    start = next((i, j) for i in range(rows) for j in range(columns) if cave[i][j] == "S")
    only = {"<": [(0, -1)], ">": [(0, 1)], "^": [(-1, 0)], "v": [(1, 0)]}
    full = (1 << len(crystals)) - 1
    queue = deque([(start, 0, 0)])
    seen = {(start, 0)}
    while queue:
        (i, j), held, steps = queue.popleft()
        if cave[i][j] == "E":
            if held == full:
                return steps
            continue
        for di, dj in only.get(cave[i][j], [(0, 1), (0, -1), (1, 0), (-1, 0)]):
            a, b = i + di, j + dj
            if not (0 <= a < rows and 0 <= b < columns) or cave[a][b] == "#":
                continue
            now = held | (1 << crystals.index((a, b)) if cave[a][b] == "C" else 0)
            if ((a, b), now) not in seen:
                seen.add(((a, b), now))
                queue.append(((a, b), now, steps + 1))
    return None
