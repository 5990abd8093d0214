#include <algorithm>
#include <iostream>
#include <tuple>
#include <vector>

// Sweep over moments: an offer asks at its start for the best sum so far, and pays out `rest` minutes after its end.
int main() {
    int n;
    long long rest;
    std::cin >> n >> rest;
    std::vector<std::tuple<long long, int, int>> moments;
    std::vector<long long> pay(n), sum(n);
    for (int i = 0; i < n; ++i) {
        long long start, end;
        std::cin >> start >> end >> pay[i];
        moments.emplace_back(start, 1, i);
        moments.emplace_back(end + rest, 0, i);
    }
    std::sort(moments.begin(), moments.end());
    long long best = 0;
    for (auto [time, begins, i] : moments) {
        if (begins) sum[i] = best + pay[i];
        else best = std::max(best, sum[i]);
    }
    std::cout << best << std::endl;
}
