n, k, c = map(int, input().split())
lengths = [length - c for length in map(int, input().split()) if length > c]
size = max(lengths, default=0)
while size > 0 and sum(length // size for length in lengths) < k:
    size -= 1
print(size)
