n = int(input())
values = list(map(int, input().split()))
total = sum(values)
prefix = 0
answer = "NO"
for value in values:
    if prefix * 2 == total:
        answer = "YES"
        break
    prefix += value
print(answer)
