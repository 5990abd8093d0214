import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]
xs, ys = numbers[::2], numbers[1::2]
print(float(min(max(xs) - min(xs), max(ys) - min(ys))))
