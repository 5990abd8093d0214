n, k, c = map(int, input().split())
lengths = list(map(int, input().split()))
low, high = 0, 10**9
while low < high:
    middle = (low + high + 1) // 2
    if sum((length - c) // middle for length in lengths) >= k:
        low = middle
    else:
        high = middle - 1
print(low)
