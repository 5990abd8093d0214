import sys

data = list(map(int, sys.stdin.read().split()))
n, rest = data[0], data[1]
offers = sorted((data[i + 1], data[i], data[i + 2]) for i in range(2, 3 * n + 2, 3))
best = []
for i, (end, start, pay) in enumerate(offers):
    earned = pay
    for j in range(i - 1, -1, -1):
        if offers[j][0] + rest <= start:
            earned += best[j]
            break
    best.append(earned)
print(max(best))
