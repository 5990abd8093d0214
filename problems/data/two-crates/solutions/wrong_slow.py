n = int(input())
values = list(map(int, input().split()))
answer = "NO"
for place in range(1, n):
    if sum(values[:place]) == sum(values[place:]):
        answer = "YES"
print(answer)
