import sys

n, m, *numbers = map(int, sys.stdin.read().split())
roads = [tuple(numbers[i : i + 3]) for i in range(0, 3 * m, 3)]
infinite = 10**18
cost = [[infinite] * 3 for _ in range(n + 1)]
cost[1][0] = 0
for _ in range(3 * n):
    for a, b, c in roads:
        for stamps in range(3):
            total = cost[a][stamps] + (0 if stamps == 2 else c)
            if total < cost[b][(stamps + 1) % 3]:
                cost[b][(stamps + 1) % 3] = total
answer = min(cost[n])
print(answer if answer < infinite else -1)
