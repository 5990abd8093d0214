#include <iostream>
#include <unordered_map>
#include <vector>

// The k-th last song of a singer before a song bounds the stretches that end there.
int main() {
    int n, k;
    std::cin >> n >> k;
    std::unordered_map<int, std::vector<int>> positions;
    int start = 0, best = 0, first = 0;
    for (int i = 0; i < n; ++i) {
        int singer;
        std::cin >> singer;
        auto& earlier = positions[singer];
        if ((int)earlier.size() >= k) start = std::max(start, earlier[earlier.size() - k] + 1);
        earlier.push_back(i);
        if (i - start + 1 > best) {
            best = i - start + 1;
            first = start;
        }
    }
    std::cout << best << " " << first + 1 << std::endl;
}
