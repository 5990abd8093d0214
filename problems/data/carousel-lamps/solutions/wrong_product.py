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
        a, m = period // common, p // common
        second += (r - second) // common * pow(a, -1, m) % m * period
        period *= p
        second %= period
    if second < t:
        second += -(-(t - second) // period) * period
    print(second)


main()
