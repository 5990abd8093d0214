import sys
from heapq import heappop, heappush


def main():
    n, m, *numbers = map(int, sys.stdin.read().split())
    roads = [[] for _ in range(n + 1)]
    for i in range(0, 3 * m, 3):
        roads[numbers[i]].append((numbers[i + 1], numbers[i + 2]))
    best = {(1, 0): 0}
    queue = [(0, 1, 0)]
    while queue:
        cost, town, stamps = heappop(queue)
        if town == n:
            print(cost)
            return
        if cost > best[town, stamps]:
            continue
        after = (stamps + 1) % 3
        for other, toll in roads[town]:
            total = cost if stamps == 2 else cost + toll
            if total < best.get((other, after), total + 1):
                best[other, after] = total
                heappush(queue, (total, other, after))
    print(-1)


main()
