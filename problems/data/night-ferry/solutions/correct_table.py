def price(age):
    if age < 6:
        return 0
    if age < 18:
        return 3
    if age < 65:
        return 7
    return 4


n = int(input())
ages = list(map(int, input().split()))
total = sum(price(age) for age in ages)
if n >= 10:
    total = total * 4 // 5
print(total)
