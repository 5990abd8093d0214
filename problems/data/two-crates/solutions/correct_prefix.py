n = int(input())
values = list(map(int, input().split()))
total = sum(values)
prefix = 0
found = False
for value in values[:-1]:
    prefix += value
    if 2 * prefix == total:
        found = True
print("YES" if found else "NO")
