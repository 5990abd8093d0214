#include <algorithm>
#include <iostream>
#include <vector>

// Square root decomposition: a block knows its best sums both ways, and whether it is turned.
struct Sums {
    long long sum = 0, prefix = -1e18, suffix = -1e18, best = -1e18;
    void append(const Sums& b) {
        best = std::max({best, b.best, suffix + b.prefix});
        prefix = std::max(prefix, sum + b.prefix);
        suffix = std::max(b.suffix, b.sum + suffix);
        sum += b.sum;
    }
};

const int WIDTH = 100;

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, q;
    std::cin >> n >> q;
    std::vector<long long> value(n);
    for (auto& v : value) std::cin >> v;
    int blocks = (n + WIDTH - 1) / WIDTH;
    std::vector<Sums> plain(blocks), opposite(blocks);
    std::vector<int> turned(blocks, 0);
    auto rebuild = [&](int block) {
        plain[block] = opposite[block] = Sums();
        for (int i = block * WIDTH; i < std::min(n, (block + 1) * WIDTH); ++i) {
            long long v = value[i];
            plain[block].append({v, v, v, v});
            opposite[block].append({-v, -v, -v, -v});
        }
    };
    for (int block = 0; block < blocks; ++block) rebuild(block);
    while (q--) {
        char kind;
        int left, right;
        std::cin >> kind >> left >> right;
        --left;
        Sums total;
        for (int block = left / WIDTH; block * WIDTH < right; ++block) {
            int low = std::max(left, block * WIDTH), high = std::min(right, (block + 1) * WIDTH);
            bool whole = low == block * WIDTH && high == std::min(n, (block + 1) * WIDTH);
            if (kind == 'F') {
                if (whole) {
                    turned[block] ^= 1;
                } else {
                    for (int i = low; i < high; ++i) value[i] = -value[i];
                    rebuild(block);
                }
            } else if (whole) {
                total.append(turned[block] ? opposite[block] : plain[block]);
            } else {
                for (int i = low; i < high; ++i) {
                    long long v = turned[block] ? -value[i] : value[i];
                    total.append({v, v, v, v});
                }
            }
        }
        if (kind == 'B') std::cout << total.best << "\n";
    }
}
