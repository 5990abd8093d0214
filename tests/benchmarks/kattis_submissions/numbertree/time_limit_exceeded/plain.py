h, *path = input().split()
label = 2 ** (int(h) + 1)
node = 1
for c in "".join(path):
    node = 2 * node + (c == "R")
n = 0
while n < 10**11:
    n += 1
print(label - node)
