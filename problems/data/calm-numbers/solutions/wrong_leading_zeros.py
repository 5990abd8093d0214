from functools import cache


def calm_numbers(low, high, step, divisor):
    size = len(str(high))

    @cache
    def count(bound, place, last, rest, tight):
        if place == len(bound):
            return int(rest == 0)
        total = 0
        for digit in range(10):
            if tight and digit > int(bound[place]):
                break
            if place == 0 or abs(digit - last) <= step:
                total += count(bound, place + 1, digit, (rest + digit) % divisor, tight and digit == int(bound[place]))
        return total

    def below(number):
        text = str(number).zfill(size)
        return count(text, 0, 0, 0, True)

    return below(high) - (below(low - 1) if low else 0)
