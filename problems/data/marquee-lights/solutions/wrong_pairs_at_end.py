row = input().strip()
out = ""
count = 1
for i in range(1, len(row)):
    if row[i] == row[i - 1]:
        count += 1
    else:
        out += row[i - 1] * count if count < 3 else row[i - 1] + str(count)
        count = 1
out += row[-1] + str(count) if count > 1 else row[-1]
print(out)
