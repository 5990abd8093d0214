from collections import defaultdict

n, k = map(int, input().split())
singers = list(map(int, input().split()))
count = defaultdict(int)
start = best = best_start = 0
for end, singer in enumerate(singers):
    count[singer] += 1
    while count[singer] > k:
        count[singers[start]] -= 1
        start += 1
    if end - start + 1 > best:
        best, best_start = end - start + 1, start
print(best, best_start + 1)
