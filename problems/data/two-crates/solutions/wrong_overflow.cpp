#include <iostream>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<int> v(n);
    unsigned total = 0, left = 0;
    for (auto& x : v) {
        std::cin >> x;
        total += x;
    }
    bool found = false;
    for (int i = 0; i + 1 < n; ++i) {
        left += v[i];
        if (left == total - left) found = true;
    }
    std::cout << (found ? "YES" : "NO") << std::endl;
}
