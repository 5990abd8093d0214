import sys

sys.setrecursionlimit(10000)
m, k, start = input().split()
roads = {start: []}
for _ in range(int(m)):
    a, b = input().split()
    roads.setdefault(a, []).append(b)
    roads.setdefault(b, []).append(a)
found = set()


def walk(village, left):
    found.add(village)
    if left > 0:
        for other in roads[village]:
            walk(other, left - 1)


walk(start, int(k))
found.remove(start)
print("\n".join(found) if found else "NONE")
