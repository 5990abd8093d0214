import sys

n, *levels = sys.stdin.read().split()
levels = sorted(map(float, levels))
kept = levels[1:-1]
print(f"{sum(kept) / len(kept):.9f}")
