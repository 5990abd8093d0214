#include <iostream>
#include <vector>

int main() {
    long long n, k, c;
    std::cin >> n >> k >> c;
    std::vector<long long> ribbons(n);
    for (auto& ribbon : ribbons) std::cin >> ribbon;
    long long length = 0;
    for (long long step = 1LL << 30; step > 0; step /= 2) {
        long long pieces = 0;
        for (long long ribbon : ribbons)
            if (ribbon > c) pieces += (ribbon - c) / (length + step);
        if (pieces >= k) length += step;
    }
    std::cout << length << std::endl;
}
