#include <iostream>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<long long> v(n);
    long long right = 0, left = 0;
    for (auto& x : v) {
        std::cin >> x;
        right += x;
    }
    bool found = false;
    for (int i = 0; i + 1 < n; ++i) {
        left += v[i];
        right -= v[i];
        if (left == right) found = true;
    }
    std::cout << (found ? "yes" : "no") << std::endl;
}
