n, k = map(int, input().split())
singers = list(map(int, input().split()))
count = {}
start = best = first = 0
for end in range(n):
    count[singers[end]] = count.get(singers[end], 0) + 1
    if count[singers[end]] > k:
        start = end
        count = {singers[end]: 1}
    if end - start + 1 > best:
        best = end - start + 1
        first = start
print(best, first + 1)
