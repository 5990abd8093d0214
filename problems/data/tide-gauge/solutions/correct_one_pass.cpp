#include <algorithm>
#include <cstdio>

int main() {
    int n;
    if (std::scanf("%d", &n) != 1) return 1;
    double sum = 0, low = 1e18, high = -1e18;
    for (int i = 0; i < n; ++i) {
        double level;
        if (std::scanf("%lf", &level) != 1) return 1;
        sum += level;
        low = std::min(low, level);
        high = std::max(high, level);
    }
    std::printf("%.10f\n", (sum - low - high) / (n - 2));
}
