from functools import cache


def calm_numbers(low: int, high: int, step: int, divisor: int) -> int:
    @cache
    def endings(places: int, last: int, rest: int) -> int:
        """Ways to go on for `places` digits after the digit `last`, if the digits so far leave `rest`."""
        if places == 0:
            return rest == 0
        digits = range(max(0, last - step), min(9, last + step) + 1)
        return sum(endings(places - 1, digit, (rest + digit) % divisor) for digit in digits)

    def below(bound: int) -> int:
        """Calm numbers from 0 to bound - 1."""
        if bound <= 0:
            return 0
        text = str(bound)
        total = 1  # zero
        for length in range(1, len(text)):
            total += sum(endings(length - 1, first, first % divisor) for first in range(1, 10))
        rest = 0
        for place, symbol in enumerate(text):
            limit = int(symbol)
            for digit in range(0 if place else 1, limit):
                if place == 0 or abs(digit - int(text[place - 1])) <= step:
                    total += endings(len(text) - place - 1, digit, (rest + digit) % divisor)
            if place and abs(limit - int(text[place - 1])) > step:
                break
            rest += limit
        return total

    return below(high + 1) - below(low)
