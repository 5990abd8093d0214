from functools import cache


def cheapest_removal(lanterns: list[int]) -> int:
    @cache
    def clear(left: int, right: int) -> int:
        """Least work to take down all strictly between `left` and `right`; `last` is the one that goes last."""
        if right - left < 2:
            return 0
        jerk = abs(lanterns[left] - lanterns[right])
        return min(
            clear(left, last) + clear(last, right) + lanterns[last] * jerk for last in range(left + 1, right)
        )

    return clear(0, len(lanterns) - 1) if lanterns else 0
