#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    int n;
    long long k;
    int c;
    std::cin >> n >> k >> c;
    std::vector<int> left;
    int high = 0;
    for (int i = 0; i < n; ++i) {
        int length;
        std::cin >> length;
        if (length > c) left.push_back(length - c);
        high = std::max(high, length - c);
    }
    int low = 0;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        unsigned pieces = 0;
        for (int length : left) pieces += length / middle;
        if (pieces >= k) low = middle;
        else high = middle - 1;
    }
    std::cout << low << std::endl;
}
