import sys


def join(a, b):
    """Nodes: sum, then largest and smallest sums of a prefix, a suffix and any piece."""
    return (
        a[0] + b[0],
        max(a[1], a[0] + b[1]),
        min(a[2], a[0] + b[2]),
        max(b[3], b[0] + a[3]),
        min(b[4], b[0] + a[4]),
        max(a[5], b[5], a[3] + b[1]),
        min(a[6], b[6], a[4] + b[2]),
    )


def turned(a):
    return (-a[0], -a[2], -a[1], -a[4], -a[3], -a[6], -a[5])


def main():
    data = sys.stdin.read().split()
    n, q = int(data[0]), int(data[1])
    size = 1
    while size < n:
        size *= 2
    tree = [(v,) * 7 for v in [0] * size + list(map(int, data[2 : n + 2])) + [0] * (size - n)]
    pending = [False] * (2 * size)
    for node in range(size - 1, 0, -1):
        tree[node] = join(tree[2 * node], tree[2 * node + 1])

    def push(node):
        if pending[node]:
            pending[node] = False
            for child in (2 * node, 2 * node + 1):
                tree[child] = turned(tree[child])
                pending[child] = not pending[child]

    def turn(node, low, high, left, right):
        if left <= low and high <= right:
            tree[node] = turned(tree[node])
            pending[node] = not pending[node]
            return
        push(node)
        middle = (low + high) // 2
        if left <= middle:
            turn(2 * node, low, middle, left, right)
        if right > middle:
            turn(2 * node + 1, middle + 1, high, left, right)
        tree[node] = join(tree[2 * node], tree[2 * node + 1])

    def ask(node, low, high, left, right):
        if left <= low and high <= right:
            return tree[node]
        push(node)
        middle = (low + high) // 2
        if right <= middle:
            return ask(2 * node, low, middle, left, right)
        if left > middle:
            return ask(2 * node + 1, middle + 1, high, left, right)
        return join(ask(2 * node, low, middle, left, right), ask(2 * node + 1, middle + 1, high, left, right))

    out = []
    for at in range(n + 2, n + 2 + 3 * q, 3):
        left, right = int(data[at + 1]) - 1, int(data[at + 2]) - 1
        if data[at] == "F":
            turn(1, 0, size - 1, left, right)
        else:
            out.append(ask(1, 0, size - 1, left, right)[5])
    print("\n".join(map(str, out)))


main()
