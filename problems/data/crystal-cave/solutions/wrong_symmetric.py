from collections import deque


def crystal_steps(cave):
    spots = [(i, j) for i, row in enumerate(cave) for j, c in enumerate(row) if c == "S"]
    spots += [(i, j) for i, row in enumerate(cave) for j, c in enumerate(row) if c == "C"]
    spots += [(i, j) for i, row in enumerate(cave) for j, c in enumerate(row) if c == "E"]
    step = {"<": (0, -1), ">": (0, 1), "^": (-1, 0), "v": (1, 0)}
    n = len(spots)
    far = 10**9
    distance = [[far] * n for _ in range(n)]
    for a in range(n):
        found = {spots[a]: 0}
        queue = deque([spots[a]])
        while queue:
            i, j = queue.popleft()
            for di, dj in [step[cave[i][j]]] if cave[i][j] in step else step.values():
                x, y = i + di, j + dj
                if 0 <= x < len(cave) and 0 <= y < len(cave[0]) and cave[x][y] != "#" and (x, y) not in found:
                    found[x, y] = found[i, j] + 1
                    queue.append((x, y))
        for b in range(a + 1, n):
            distance[a][b] = distance[b][a] = found.get(spots[b], far)
    full = (1 << n) - 1
    best = [[far] * n for _ in range(full + 1)]
    best[1][0] = 0
    for held in range(1, full + 1):
        for a in range(n):
            if best[held][a] < far:
                for b in range(n):
                    if not held >> b & 1 and (b < n - 1 or held | 1 << b == full):
                        total = best[held][a] + distance[a][b]
                        best[held | 1 << b][b] = min(best[held | 1 << b][b], total)
    answer = best[full][n - 1]
    return answer if answer < far else None
