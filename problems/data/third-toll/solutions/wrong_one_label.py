import sys
from heapq import heappop, heappush

n, m, *numbers = map(int, sys.stdin.read().split())
roads = {town: [] for town in range(1, n + 1)}
for i in range(0, 3 * m, 3):
    roads[numbers[i]].append((numbers[i + 1], numbers[i + 2]))
done = set()
queue = [(0, 0, 1)]
answer = -1
while queue:
    cost, stamps, town = heappop(queue)
    if town == n:
        answer = cost
        break
    if town in done:
        continue
    done.add(town)
    for other, toll in roads[town]:
        heappush(queue, (cost + (0 if stamps % 3 == 2 else toll), stamps + 1, other))
print(answer)
