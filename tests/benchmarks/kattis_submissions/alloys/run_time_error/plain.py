c = int(input())
print(c * c / 4)
