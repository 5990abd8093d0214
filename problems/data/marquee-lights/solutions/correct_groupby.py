from itertools import groupby

parts = []
for letter, run in groupby(input().strip()):
    length = len(list(run))
    parts.append(letter + str(length) if length >= 3 else letter * length)
print("".join(parts))
