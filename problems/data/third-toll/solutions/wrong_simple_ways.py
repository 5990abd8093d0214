import sys

sys.setrecursionlimit(5000)
n, m, *numbers = map(int, sys.stdin.read().split())
roads = {}
for i in range(0, 3 * m, 3):
    roads.setdefault(numbers[i], []).append((numbers[i + 1], numbers[i + 2]))
best = -1


def travel(town, stamps, cost, visited):
    global best
    if best >= 0 and cost >= best:
        return
    if town == n:
        best = cost
        return
    for other, toll in roads.get(town, []):
        if other not in visited:
            travel(other, stamps + 1, cost + (toll if (stamps + 1) % 3 else 0), visited | {other})


travel(1, 0, 0, {1})
print(best)
