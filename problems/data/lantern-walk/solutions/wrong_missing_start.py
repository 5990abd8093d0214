m, k, start = input().split()
roads = {}
for _ in range(int(m)):
    a, b = input().split()
    roads.setdefault(a, set()).add(b)
    roads.setdefault(b, set()).add(a)
seen = {start}
edge = {start}
for _ in range(int(k)):
    edge = set().union(*(roads[village] for village in edge)) - seen
    seen |= edge
for village in seen - {start}:
    print(village)
if len(seen) == 1:
    print("NONE")
