def cheapest_removal(lanterns):
    row = list(lanterns)
    total = 0
    while len(row) > 2:
        costs = [(row[i] * abs(row[i - 1] - row[i + 1]), i) for i in range(1, len(row) - 1)]
        cost, place = min(costs)
        total += cost
        del row[place]
    return total
