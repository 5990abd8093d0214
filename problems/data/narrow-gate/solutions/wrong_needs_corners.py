import sys
from math import hypot


def cross(o, a, b):
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


numbers = list(map(int, sys.stdin.read().split()))[1:]
points = sorted(zip(numbers[::2], numbers[1::2]))
lower, upper = [], []
for point in points:
    while len(lower) > 1 and cross(lower[-2], lower[-1], point) <= 0:
        lower.pop()
    lower.append(point)
    while len(upper) > 1 and cross(upper[-2], upper[-1], point) >= 0:
        upper.pop()
    upper.append(point)
corners = lower[:-1] + upper[:0:-1]
best = []
for i, a in enumerate(corners):
    b = corners[i - 1]
    best.append(max(abs(cross(a, b, c)) for c in corners) / hypot(a[0] - b[0], a[1] - b[1]))
print(min(best))
