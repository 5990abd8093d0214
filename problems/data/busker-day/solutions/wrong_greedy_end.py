import sys

data = list(map(int, sys.stdin.read().split()))
n, rest = data[0], data[1]
offers = sorted((data[i + 1], data[i], data[i + 2]) for i in range(2, 3 * n + 2, 3))
plans = []
for order in (offers, sorted(offers, key=lambda offer: -offer[2])):
    taken = []
    for end, start, pay in order:
        if all(end + rest <= s or e + rest <= start for e, s, _ in taken):
            taken.append((end, start, pay))
    plans.append(sum(pay for _, _, pay in taken))
print(max(plans))
