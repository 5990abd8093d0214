n = int(input())
ages = list(map(int, input().split()))
paying = [age for age in ages if age >= 6]
total = 0
for age in paying:
    if age <= 17:
        total += 3
    elif age <= 64:
        total += 7
    else:
        total += 4
if len(paying) >= 10:
    total = total * 4 // 5
print(total)
