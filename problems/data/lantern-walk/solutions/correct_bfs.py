import sys
from collections import defaultdict, deque

data = sys.stdin.read().split()
m, k, start = int(data[0]), int(data[1]), data[2]
roads = defaultdict(list)
for i in range(m):
    a, b = data[3 + 2 * i], data[4 + 2 * i]
    roads[a].append(b)
    roads[b].append(a)
hours = {start: 0}
queue = deque([start])
while queue:
    village = queue.popleft()
    if hours[village] == k:
        continue
    for other in roads[village]:
        if other not in hours:
            hours[other] = hours[village] + 1
            queue.append(other)
reached = [village for village in hours if village != start]
print("\n".join(reached) if reached else "NONE")
