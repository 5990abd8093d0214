n = int(input())
values = list(map(int, input().split()))
left, right = 0, sum(values)
for value in values[:-1]:
    left += value
    right -= value
    if left >= right:
        break
print("YES" if n > 1 and left == right else "NO")
