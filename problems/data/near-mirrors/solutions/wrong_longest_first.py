def near_mirrors(text):
    def near(piece):
        return sum(piece[i] != piece[-1 - i] for i in range(len(piece) // 2)) < 2

    lengths = []
    start = 0
    while start < len(text):
        end = len(text)
        while not near(text[start:end]):
            end -= 1
        lengths.append(end - start)
        start = end
    if len(lengths) == 2:
        for first in range(1, len(text)):
            if near(text[:first]) and near(text[first:]):
                return 2, [first, len(text) - first]
    return len(lengths), lengths
