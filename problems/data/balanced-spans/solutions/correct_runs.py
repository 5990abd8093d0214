import re


def balanced_spans(text):
    levels = [0]
    for symbol in text:
        if not symbol.isalpha():
            levels.append(levels[-1])
        else:
            levels.append(levels[-1] + (1 if symbol in "aeiouAEIOU" else -1))
    levels.sort()
    pairs = 0
    start = 0
    for i in range(1, len(levels) + 1):
        if i == len(levels) or levels[i] != levels[start]:
            pairs += (i - start) * (i - start - 1) // 2
            start = i
    empty = sum(len(run) * (len(run) + 1) // 2 for run in re.findall(r"[^A-Za-z]+", text))
    return pairs - empty
