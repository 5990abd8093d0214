c = float(input())
print(c * c / 4)
