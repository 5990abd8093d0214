def cheapest_removal(lanterns):
    known = {}

    def clear(left, right):
        if right - left == 1:
            return 0
        if (left, right) not in known:
            jerk = abs(lanterns[left] - lanterns[right])
            known[left, right] = min(
                clear(left, k) + clear(k, right) + jerk * lanterns[k] for k in range(left + 1, right)
            )
        return known[left, right]

    return clear(0, len(lanterns) - 1)
