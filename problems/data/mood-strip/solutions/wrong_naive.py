import sys

data = sys.stdin.read().split()
n, q = int(data[0]), int(data[1])
values = list(map(int, data[2 : n + 2]))
for at in range(n + 2, n + 2 + 3 * q, 3):
    kind, left, right = data[at], int(data[at + 1]) - 1, int(data[at + 2])
    if kind == "F":
        for i in range(left, right):
            values[i] = -values[i]
    else:
        best = current = values[left]
        for i in range(left + 1, right):
            current = max(current + values[i], values[i])
            best = max(best, current)
        print(best)
