import sys

for line in sys.stdin:
    a, b = map(int, line.split())
    d = 0
    while a != b:
        a += 1 if a < b else -1
        d += 1
    print(d)
