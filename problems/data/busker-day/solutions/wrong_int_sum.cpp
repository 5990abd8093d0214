#include <algorithm>
#include <iostream>
#include <vector>

struct Offer {
    int start, end, pay;
};

int main() {
    int n, rest;
    std::cin >> n >> rest;
    std::vector<Offer> offers(n);
    for (auto& offer : offers) std::cin >> offer.start >> offer.end >> offer.pay;
    std::sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) { return a.end < b.end; });
    std::vector<int> best(n + 1, 0);
    for (int i = 0; i < n; ++i) {
        int j = std::upper_bound(offers.begin(), offers.end(), offers[i].start - rest,
                                 [](int time, const Offer& offer) { return time < offer.end; }) -
                offers.begin();
        best[i + 1] = std::max(best[i], best[j] + offers[i].pay);
    }
    std::cout << best[n] << std::endl;
}
