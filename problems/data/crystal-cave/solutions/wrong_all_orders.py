from itertools import permutations


def crystal_steps(cave):
    height, width = len(cave), len(cave[0])
    moves = {"<": [(0, -1)], ">": [(0, 1)], "^": [(-1, 0)], "v": [(1, 0)]}
    spots = {symbol: [] for symbol in "SEC"}
    for i in range(height):
        for j in range(width):
            if cave[i][j] in spots:
                spots[cave[i][j]].append((i, j))

    def distance(origin, goal):
        seen = {origin}
        layer = [origin]
        steps = 0
        while layer:
            if goal in layer:
                return steps
            following = []
            for i, j in layer:
                for di, dj in moves.get(cave[i][j], [(0, 1), (1, 0), (0, -1), (-1, 0)]):
                    place = (i + di, j + dj)
                    if 0 <= place[0] < height and 0 <= place[1] < width and cave[place[0]][place[1]] != "#":
                        if place not in seen:
                            seen.add(place)
                            following.append(place)
            layer = following
            steps += 1
        return float("inf")

    best = float("inf")
    for order in permutations(spots["C"]):
        way = [spots["S"][0], *order, spots["E"][0]]
        best = min(best, sum(distance(a, b) for a, b in zip(way, way[1:])))
    return None if best == float("inf") else best
