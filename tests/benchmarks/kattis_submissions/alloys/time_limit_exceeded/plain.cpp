#include <cstdio>
#include <algorithm>
int main() { double c, best = 0; scanf("%lf", &c); for (long long i = 0; i < 100000000000; ++i) { volatile double x = c * i / 1e11; best = std::max(best, x * (c - x)); } printf("%f\n", best); }
