import sys
from math import hypot

numbers = list(map(int, sys.stdin.read().split()))[1:]
points = sorted(set(zip(numbers[::2], numbers[1::2])))
best = 0.0 if len(points) < 3 else float("inf")
for i, (ax, ay) in enumerate(points):
    for bx, by in points[:i]:
        heights = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in points]
        best = min(best, (max(heights) - min(heights)) / hypot(bx - ax, by - ay))
print(best)
