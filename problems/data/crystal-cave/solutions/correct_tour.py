from collections import deque


def crystal_steps(cave):
    """Distances between the marked places, then dynamic programming over sets of crystals."""
    marked = {}
    for i, row in enumerate(cave):
        for j, symbol in enumerate(row):
            if symbol in "SEC":
                marked.setdefault(symbol, []).append((i, j))
    start, goal, crystals = marked["S"][0], marked["E"][0], marked.get("C", [])
    arrows = {"<": (0, -1), ">": (0, 1), "^": (-1, 0), "v": (1, 0)}

    def distances(origin):
        found = {origin: 0}
        queue = deque([origin])
        while queue:
            i, j = queue.popleft()
            symbol = cave[i][j]
            for di, dj in [arrows[symbol]] if symbol in arrows else arrows.values():
                place = (i + di, j + dj)
                inside = 0 <= place[0] < len(cave) and 0 <= place[1] < len(cave[0])
                if inside and place not in found and cave[place[0]][place[1]] != "#":
                    found[place] = found[i, j] + 1
                    queue.append(place)
        return found

    infinite = float("inf")
    n = len(crystals)
    first = distances(start)
    if n == 0:
        return first.get(goal)
    tables = [distances(crystal) for crystal in crystals]
    best = [[infinite] * n for _ in range(1 << n)]
    for k, crystal in enumerate(crystals):
        best[1 << k][k] = first.get(crystal, infinite)
    for held in range(1 << n):
        for k in range(n):
            if best[held][k] < infinite:
                for other, crystal in enumerate(crystals):
                    if not held >> other & 1:
                        total = best[held][k] + tables[k].get(crystal, infinite)
                        best[held | 1 << other][other] = min(best[held | 1 << other][other], total)
    answer = min(best[-1][k] + tables[k].get(goal, infinite) for k in range(n))
    return None if answer == infinite else answer
