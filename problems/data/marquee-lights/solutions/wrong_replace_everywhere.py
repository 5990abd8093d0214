row = input().strip()
for letter in sorted(set(row)):
    longest = 0
    run = 0
    for symbol in row:
        run = run + 1 if symbol == letter else 0
        longest = max(longest, run)
    if longest >= 3:
        row = row.replace(letter * longest, letter + str(longest))
print(row)
