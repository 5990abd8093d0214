def cheapest_removal(lanterns):
    if len(lanterns) < 3:
        return 0
    return min(
        lanterns[i] * abs(lanterns[i - 1] - lanterns[i + 1]) + cheapest_removal(lanterns[:i] + lanterns[i + 1 :])
        for i in range(1, len(lanterns) - 1)
    )
