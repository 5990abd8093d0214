import sys

sys.setrecursionlimit(50000)
data = list(map(int, sys.stdin.read().split()))
n, rest = data[0], data[1]
offers = sorted(tuple(data[i : i + 3]) for i in range(2, 3 * n + 2, 3))


def earn(i, free):
    if i == n:
        return 0
    start, end, pay = offers[i]
    skipped = earn(i + 1, free)
    if start < free:
        return skipped
    return max(skipped, pay + earn(i + 1, end + rest))


print(earn(0, 0))
