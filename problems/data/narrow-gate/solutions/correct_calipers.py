import sys
from math import hypot


def hull(points):
    points = sorted(set(points))
    if len(points) < 3:
        return points
    chains = []
    for order in (points, points[::-1]):
        chain = []
        for x, y in order:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        chains += chain[:-1]
    return chains


def main():
    numbers = list(map(int, sys.stdin.read().split()))[1:]
    corners = hull(list(zip(numbers[::2], numbers[1::2])))
    n = len(corners)
    if n < 3:
        print(0.0)
        return
    best = float("inf")
    far = 1
    for i in range(n):
        ax, ay = corners[i]
        bx, by = corners[(i + 1) % n]
        dx, dy = bx - ax, by - ay

        def height(j):
            return dx * (corners[j % n][1] - ay) - dy * (corners[j % n][0] - ax)

        while height(far + 1) > height(far):
            far += 1
        best = min(best, height(far) / hypot(dx, dy))
    print(f"{best:.9f}")


main()
