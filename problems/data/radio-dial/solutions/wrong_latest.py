n, k = map(int, input().split())
singers = list(map(int, input().split()))
count = {}
start = 0
best = (0, 0)
for end, singer in enumerate(singers):
    count[singer] = count.get(singer, 0) + 1
    while count[singer] > k:
        count[singers[start]] -= 1
        start += 1
    best = max(best, (end - start + 1, start + 1))
print(*best)
