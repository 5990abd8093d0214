import sys
from bisect import bisect_right

data = list(map(int, sys.stdin.read().split()))
n, rest = data[0], data[1]
offers = sorted((data[i + 1], data[i], data[i + 2]) for i in range(2, 3 * n + 2, 3))
ends = [end for end, _, _ in offers]
best = [0] * (n + 1)
for i, (end, start, pay) in enumerate(offers):
    best[i + 1] = max(best[i], best[bisect_right(ends, start - rest)] + pay)
print(best[n])
