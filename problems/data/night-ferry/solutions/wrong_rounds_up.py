n = int(input())
total = 0
for age in map(int, input().split()):
    total += 0 if age < 6 else 3 if age < 18 else 7 if age < 65 else 4
print(total if n < 10 else round(total * 0.8))
