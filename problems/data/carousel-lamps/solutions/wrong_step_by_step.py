import sys
from math import lcm

n, t, *numbers = map(int, sys.stdin.read().split())
lamps = sorted(zip(numbers[::2], numbers[1::2]), reverse=True)
p, r = lamps[0]
second = t + (r - t) % p
end = t + lcm(*numbers[::2])
while second < end and any(second % period != rest for period, rest in lamps):
    second += p
print(second if second < end else "NEVER")
