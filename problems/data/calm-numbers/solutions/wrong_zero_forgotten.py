from functools import lru_cache


def calm_numbers(low, high, step, divisor):
    @lru_cache(maxsize=None)
    def count(text, last, rest, tight):
        if not text:
            return 1 if last is not None and rest == 0 else 0
        total = 0
        for digit in range((int(text[0]) if tight else 9) + 1):
            still = tight and digit == int(text[0])
            if last is None and digit == 0:
                total += count(text[1:], None, 0, still)
            elif last is None or abs(digit - last) <= step:
                total += count(text[1:], digit, (rest + digit) % divisor, still)
        return total

    return count(str(high), None, 0, True) - count(str(low - 1), None, 0, True)
