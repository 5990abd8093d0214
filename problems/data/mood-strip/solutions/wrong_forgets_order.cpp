#include <algorithm>
#include <iostream>
#include <vector>

struct Node {
    int sum, prefix, suffix, best, low;
    bool turned;
};

int n, q;
std::vector<int> value;
std::vector<Node> tree;

Node join(const Node& a, const Node& b) {
    return {a.sum + b.sum, std::max(a.prefix, a.sum + b.prefix), std::max(b.suffix, b.sum + a.suffix),
            std::max({a.best, b.best, a.suffix + b.prefix}), 0, false};
}

void build(int node, int low, int high) {
    if (low == high) {
        int v = value[low];
        tree[node] = {v, v, v, v, v, false};
        return;
    }
    int middle = (low + high) / 2;
    build(2 * node, low, middle);
    build(2 * node + 1, middle + 1, high);
    tree[node] = join(tree[2 * node], tree[2 * node + 1]);
}

Node ask(int node, int low, int high, int left, int right) {
    if (left <= low && high <= right) return tree[node];
    int middle = (low + high) / 2;
    if (right <= middle) return ask(2 * node, low, middle, left, right);
    if (left > middle) return ask(2 * node + 1, middle + 1, high, left, right);
    return join(ask(2 * node, low, middle, left, right), ask(2 * node + 1, middle + 1, high, left, right));
}

int main() {
    std::cin >> n >> q;
    value.resize(n);
    tree.resize(4 * n);
    for (auto& v : value) std::cin >> v;
    build(1, 0, n - 1);
    bool stale = false;
    while (q--) {
        char kind;
        int left, right;
        std::cin >> kind >> left >> right;
        if (kind == 'F') {
            // Lamps may be turned once between two rebuilds.
            if (!stale)
                for (int i = left - 1; i < right; ++i) value[i] = -value[i];
            stale = true;
        } else {
            if (stale) build(1, 0, n - 1);
            stale = false;
            std::cout << ask(1, 0, n - 1, left - 1, right - 1).best << "\n";
        }
    }
}
