import sys
from collections import defaultdict

sys.setrecursionlimit(100000)
data = sys.stdin.read().split()
m, k, start = int(data[0]), int(data[1]), data[2]
roads = defaultdict(list)
for i in range(m):
    a, b = data[3 + 2 * i], data[4 + 2 * i]
    roads[a].append(b)
    roads[b].append(a)
seen = set()


def walk(village, left):
    seen.add(village)
    if left == 0:
        return
    for other in roads[village]:
        if other not in seen:
            walk(other, left - 1)


walk(start, k)
seen.discard(start)
print("\n".join(sorted(seen)) or "NONE")
