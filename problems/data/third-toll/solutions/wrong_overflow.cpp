#include <algorithm>
#include <climits>
#include <iostream>
#include <queue>
#include <tuple>
#include <vector>

int main() {
    int n, m;
    std::cin >> n >> m;
    std::vector<std::vector<std::pair<int, int>>> roads(n + 1);
    for (int i = 0; i < m; ++i) {
        int a, b, c;
        std::cin >> a >> b >> c;
        roads[a].emplace_back(b, c);
    }
    std::vector<std::vector<int>> best(n + 1, std::vector<int>(3, INT_MAX));
    std::priority_queue<std::tuple<int, int, int>> queue;
    queue.emplace(0, 1, 0);
    best[1][0] = 0;
    while (!queue.empty()) {
        auto [negative, town, stamps] = queue.top();
        queue.pop();
        int cost = -negative;
        if (cost > best[town][stamps]) continue;
        for (auto [other, toll] : roads[town]) {
            unsigned sum = unsigned(cost) + (stamps == 2 ? 0u : unsigned(toll));
            int total = int(sum & 0x7fffffff);
            int next = (stamps + 1) % 3;
            if (total < best[other][next]) {
                best[other][next] = total;
                queue.emplace(-total, other, next);
            }
        }
    }
    int answer = std::min({best[n][0], best[n][1], best[n][2]});
    std::cout << (answer == INT_MAX ? -1 : answer) << std::endl;
}
