def cheapest_removal(lanterns):
    def sweep(row):
        total = 0
        for i in range(1, len(row) - 1):
            total += row[i] * abs(row[0] - row[i + 1])
        return total

    return min(sweep(lanterns), sweep(lanterns[::-1]))
