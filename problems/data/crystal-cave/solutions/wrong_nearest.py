def crystal_steps(cave):
    h, w = len(cave), len(cave[0])
    arrows = {"<": [(0, -1)], ">": [(0, 1)], "^": [(-1, 0)], "v": [(1, 0)]}
    where = {}
    left = set()
    for i in range(h):
        for j in range(w):
            where[cave[i][j]] = (i, j)
            if cave[i][j] == "C":
                left.add((i, j))

    def search(origin, goals):
        layer, seen, steps = [origin], {origin}, 0
        while layer:
            for place in layer:
                if place in goals:
                    return place, steps
            following = []
            for i, j in layer:
                for di, dj in arrows.get(cave[i][j], [(0, 1), (1, 0), (0, -1), (-1, 0)]):
                    a, b = i + di, j + dj
                    if 0 <= a < h and 0 <= b < w and cave[a][b] != "#" and (a, b) not in seen:
                        seen.add((a, b))
                        following.append((a, b))
            layer = following
            steps += 1
        return None, 0

    place, total = where["S"], 0
    while left:
        place, steps = search(place, left)
        if place is None:
            return None
        total += steps
        left.remove(place)
    place, steps = search(place, {where["E"]})
    return None if place is None else total + steps
