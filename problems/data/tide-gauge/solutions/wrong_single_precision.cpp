#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<float> levels(n);
    for (auto& level : levels) std::cin >> level;
    std::sort(levels.begin(), levels.end());
    float sum = 0;
    for (int i = 1; i < n - 1; ++i) sum += levels[i];
    std::cout.precision(9);
    std::cout << sum / (n - 2) << std::endl;
}
