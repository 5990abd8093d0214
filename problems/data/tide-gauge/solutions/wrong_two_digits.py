n = int(input())
levels = [float(input()) for _ in range(n)]
levels.remove(min(levels))
levels.remove(max(levels))
print(round(sum(levels) / len(levels), 2))
