from functools import lru_cache


def calm_numbers(low, high, step, divisor):
    @lru_cache(maxsize=None)
    def count(text, last, rest, tight):
        if not text:
            return 1 if last >= 0 and rest == 0 else 0
        total = 0
        top = int(text[0]) if tight else 9
        for digit in range(top + 1):
            still = tight and digit == top
            if last < 0 and digit == 0:
                total += count(text[1:], -1, 0, still)
            elif last < 0 or abs(digit - last) <= step:
                total += count(text[1:], digit, (rest + digit) % divisor, still)
        return total

    return count(str(high), -1, 0, True) - count(str(low), -1, 0, True)
