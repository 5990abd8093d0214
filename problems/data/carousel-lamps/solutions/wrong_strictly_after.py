import sys
from math import gcd, lcm

n, t, *numbers = map(int, sys.stdin.read().split())
period, second, never = 1, 0, False
for p, r in zip(numbers[::2], numbers[1::2]):
    common = gcd(period, p)
    if (r - second) % common:
        never = True
        break
    m = p // common
    second += (r - second) // common * pow(period // common, -1, m) % m * period
    period = lcm(period, p)
    second %= period
if never:
    print("NEVER")
else:
    print(second if t == 0 else second + (max(0, t - second) // period + (t >= second)) * period)
