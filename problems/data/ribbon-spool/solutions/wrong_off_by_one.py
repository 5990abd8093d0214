n, k, c = map(int, input().split())
lengths = [max(0, length - c) for length in map(int, input().split())]
low, high = 1, max(lengths)
while high - low > 1:
    middle = (low + high) // 2
    if sum(length // middle for length in lengths) >= k:
        low = middle
    else:
        high = middle
print(low if sum(length // low for length in lengths) >= k else 0)
