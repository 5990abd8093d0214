h, *path = input().split()
node = 1
for c in "".join(path):
    node = 2 * node + (c == "R")
print(2 ** (int(h) + 1) - node)
