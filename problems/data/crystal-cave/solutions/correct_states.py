def crystal_steps(cave: list[str]) -> int | None:
    """Breadth-first search over (place, set of collected crystals)."""
    rows, columns = len(cave), len(cave[0])
    moves = {"<": [(0, -1)], ">": [(0, 1)], "^": [(-1, 0)], "v": [(1, 0)]}
    ways: dict[int, list[int]] = {}
    bit: dict[int, int] = {}
    start = goal = 0
    for i in range(rows):
        for j in range(columns):
            symbol = cave[i][j]
            if symbol == "S":
                start = i * columns + j
            elif symbol == "E":
                goal = i * columns + j
            elif symbol == "C":
                bit[i * columns + j] = 1 << len(bit)
            ways[i * columns + j] = [
                (i + di) * columns + j + dj
                for di, dj in moves.get(symbol, [(0, 1), (1, 0), (0, -1), (-1, 0)])
                if 0 <= i + di < rows and 0 <= j + dj < columns and cave[i + di][j + dj] != "#"
            ]
    places = rows * columns
    full = (1 << len(bit)) - 1
    seen = bytearray(places << len(bit))
    layer = [(start, 0)]
    seen[start] = 1
    steps = 0
    while layer:
        following = []
        for place, held in layer:
            if place == goal and held == full:
                return steps
            for other in ways[place]:
                now = held | bit.get(other, 0)
                if not seen[now * places + other]:
                    seen[now * places + other] = 1
                    following.append((other, now))
        layer = following
        steps += 1
    return None
