import sys
from math import gcd


def main():
    n, t, *numbers = map(int, sys.stdin.read().split())
    period, second = 1, 0
    for p, r in zip(numbers[::2], numbers[1::2]):
        common = gcd(period, p)
        if (r - second) % common:
            print("NEVER")
            return
        steps = (r - second) // common * pow(period // common, -1, p // common) % (p // common)
        second += steps * period
        period = period // common * p
        second %= period
    if second < t:
        second += (t - second + period - 1) // period * period
    print(second)


main()
