#include <algorithm>
#include <deque>
#include <iostream>
#include <vector>

// Queue-based relaxation over (town, stamps modulo 3); states in the queue are not queued again.
int main() {
    int n, m;
    std::cin >> n >> m;
    std::vector<std::vector<std::pair<int, long long>>> roads(n);
    while (m--) {
        int a, b;
        long long c;
        std::cin >> a >> b >> c;
        roads[a - 1].push_back({b - 1, c});
    }
    const long long none = 4e18;
    std::vector<long long> cost(3 * n, none);
    std::vector<char> queued(3 * n, 0);
    std::deque<int> queue{0};
    cost[0] = 0;
    while (!queue.empty()) {
        int state = queue.front();
        queue.pop_front();
        queued[state] = 0;
        int town = state / 3, stamps = state % 3;
        for (auto [other, toll] : roads[town]) {
            int next = 3 * other + (stamps + 1) % 3;
            long long total = cost[state] + (stamps == 2 ? 0 : toll);
            if (total < cost[next]) {
                cost[next] = total;
                if (!queued[next]) {
                    queued[next] = 1;
                    queue.push_back(next);
                }
            }
        }
    }
    long long best = std::min({cost[3 * n - 3], cost[3 * n - 2], cost[3 * n - 1]});
    std::cout << (best == none ? -1 : best) << std::endl;
}
