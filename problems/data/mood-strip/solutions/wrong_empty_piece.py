import sys
from itertools import accumulate

lines = sys.stdin.read().split("\n")
n, q = map(int, lines[0].split())
values = list(map(int, lines[1].split()))
for line in lines[2 : q + 2]:
    kind, left, right = line.split()
    left, right = int(left) - 1, int(right)
    if kind == "F":
        values[left:right] = [-value for value in values[left:right]]
        continue
    best = lowest = 0
    for level in accumulate(values[left:right]):
        lowest = min(lowest, level)
        best = max(best, level - lowest)
    print(best)
