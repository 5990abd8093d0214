from collections import Counter


def calm_numbers(low, high, step, divisor):
    def up_to(bound):
        if bound < 0:
            return 0
        text = str(bound)
        free = Counter()  # (last digit, rest) -> numbers begun that are already below the bound
        tight = None  # the same for the beginning of the bound itself
        total = 1
        for place, symbol in enumerate(text):
            following = Counter()
            for (last, rest), ways in free.items():
                for digit in range(10):
                    if abs(digit - last) <= step:
                        following[digit, (rest + digit) % divisor] += ways
            if place > 0:
                for digit in range(1, 10):
                    following[digit, digit % divisor] += 1
                if tight is not None:
                    last, rest = tight
                    for digit in range(int(symbol)):
                        if abs(digit - last) <= step:
                            following[digit, (rest + digit) % divisor] += 1
                    digit = int(symbol)
                    tight = (digit, (rest + digit) % divisor) if abs(digit - last) <= step else None
            else:
                for digit in range(1, int(symbol)):
                    following[digit, digit % divisor] += 1
                tight = (int(symbol), int(symbol) % divisor)
            free = following
        total += sum(ways for (last, rest), ways in free.items() if rest == 0)
        if bound > 0 and tight is not None and tight[1] == 0:
            total += 1
        return total

    return up_to(high) - up_to(low - 1)
