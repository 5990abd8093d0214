#include <iostream>
#include <numeric>

long long inverse(long long a, long long m) {
    long long b = m, u = 1, v = 0;
    while (b) {
        long long q = a / b;
        a -= q * b;
        std::swap(a, b);
        u -= q * v;
        std::swap(u, v);
    }
    return m == 1 ? 0 : (u % m + m) % m;
}

int main() {
    int n;
    long long t;
    std::cin >> n >> t;
    long long period = 1, second = 0;
    for (int i = 0; i < n; ++i) {
        int p, r;
        std::cin >> p >> r;
        int common = std::gcd(period, (long long)p);
        if ((r - second) % common) {
            std::cout << "NEVER\n";
            return 0;
        }
        int turn = p / common;
        int gap = (r - second) / common % turn;
        if (gap < 0) gap += turn;
        unsigned steps = unsigned(gap) * unsigned(inverse(period / common, turn)) % unsigned(turn);
        second += (long long)steps * period;
        period *= turn;
        second %= period;
    }
    if (second < t) second += (t - second + period - 1) / period * period;
    std::cout << second << std::endl;
}
