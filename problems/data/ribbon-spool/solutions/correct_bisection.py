n, k, c = map(int, input().split())
left = [length - c for length in map(int, input().split()) if length > c]
low, high = 0, max(left, default=0)
while low < high:
    middle = (low + high + 1) // 2
    if sum(length // middle for length in left) >= k:
        low = middle
    else:
        high = middle - 1
print(low)
