#include <iostream>
#include <map>
#include <queue>
#include <string>
#include <vector>

int main() {
    int m, k;
    std::string start;
    std::cin >> m >> k >> start;
    std::map<std::string, std::vector<std::string>> roads;
    for (int i = 0; i < m; ++i) {
        std::string a, b;
        std::cin >> a >> b;
        roads[a].push_back(b);
    }
    std::map<std::string, int> hours{{start, 0}};
    std::queue<std::string> queue;
    queue.push(start);
    while (!queue.empty()) {
        std::string village = queue.front();
        queue.pop();
        if (hours[village] == k) continue;
        for (const auto& other : roads[village])
            if (hours.emplace(other, hours[village] + 1).second) queue.push(other);
    }
    hours.erase(start);
    if (hours.empty()) std::cout << "NONE\n";
    for (const auto& [village, hour] : hours) std::cout << village << "\n";
}
