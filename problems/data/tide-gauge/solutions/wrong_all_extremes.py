n = int(input())
levels = [float(input()) for _ in range(n)]
low, high = min(levels), max(levels)
kept = [level for level in levels if level != low and level != high]
print(sum(kept) / len(kept))
