c = min(float(input()), 1.0)
print(c * c / 4)
