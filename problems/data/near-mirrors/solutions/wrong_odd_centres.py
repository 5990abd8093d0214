def near_mirrors(text):
    n = len(text)
    starts = [[] for _ in range(n)]
    for centre in range(n):
        faults = reach = 0
        while centre - reach >= 0 and centre + reach < n:
            faults += text[centre - reach] != text[centre + reach]
            if faults > 1:
                break
            starts[centre - reach].append(centre + reach + 1)
            reach += 1
    best = [(0, [])] * (n + 1)
    for start in range(n - 1, -1, -1):
        best[start] = min((best[end][0] + 1, [end - start] + best[end][1]) for end in starts[start])
    return best[0]
