n, k = map(int, input().split())
singers = list(map(int, input().split()))
best, first = 0, 0
for start in range(n):
    count = {}
    length = 0
    for singer in singers[start:]:
        count[singer] = count.get(singer, 0) + 1
        if count[singer] > k:
            break
        length += 1
    if length > best:
        best, first = length, start
print(best, first + 1)
