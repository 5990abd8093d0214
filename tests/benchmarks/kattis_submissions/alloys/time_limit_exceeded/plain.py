c = float(input())
best = 0
i = 0
while i < 10**10:
    x = c * i / 10**10
    best = max(best, x * (c - x))
    i += 1
print(best)
