#include <iostream>
#include <vector>

int main() {
    int n, k;
    std::cin >> n >> k;
    std::vector<int> singers(n), count(1000000, 0);
    for (auto& singer : singers) std::cin >> singer;
    int start = 0, best = 0, first = 0;
    for (int end = 0; end < n; ++end) {
        ++count.at(singers[end]);
        while (count.at(singers[end]) > k) --count.at(singers[start++]);
        if (end - start + 1 > best) best = end - start + 1, first = start;
    }
    std::cout << best << " " << first + 1 << std::endl;
}
