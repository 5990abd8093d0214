#include <iostream>
#include <map>
#include <set>
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
        roads[b].push_back(a);
    }
    std::set<std::string> seen{start}, layer{start};
    for (int hour = 0; hour < k && !layer.empty(); ++hour) {
        std::set<std::string> next;
        for (const auto& village : layer)
            for (const auto& other : roads[village])
                if (seen.insert(other).second) next.insert(other);
        layer = next;
    }
    seen.erase(start);
    if (seen.empty()) std::cout << "NONE\n";
    for (const auto& village : seen) std::cout << village << "\n";
}
