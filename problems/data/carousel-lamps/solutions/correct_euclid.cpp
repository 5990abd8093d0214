#include <iostream>

using Wide = __int128;

long long euclid(long long a, long long b, Wide& x, Wide& y) {
    if (b == 0) {
        x = 1;
        y = 0;
        return a;
    }
    Wide u, v;
    long long common = euclid(b, a % b, u, v);
    x = v;
    y = u - Wide(a / b) * v;
    return common;
}

int main() {
    int n;
    long long t;
    std::cin >> n >> t;
    Wide period = 1, second = 0;
    bool never = false;
    for (int i = 0; i < n; ++i) {
        long long p, r;
        std::cin >> p >> r;
        Wide x, y;
        long long common = euclid((long long)period, p, x, y);
        Wide gap = r - second;
        if (gap % common != 0) {
            never = true;
            break;
        }
        Wide turn = p / common;
        Wide steps = (gap / common % turn) * (x % turn) % turn;
        second += steps * period;
        period *= turn;
        second = (second % period + period) % period;
    }
    if (never) {
        std::cout << "NEVER" << std::endl;
        return 0;
    }
    if (second < t) second += (t - second + period - 1) / period * period;
    std::cout << (long long)second << std::endl;
}
