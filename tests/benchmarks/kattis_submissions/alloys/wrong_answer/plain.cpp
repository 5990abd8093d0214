#include <cstdio>
#include <algorithm>
int main() { double c; scanf("%lf", &c); c = std::min(c, 1.0); printf("%.2f\n", c * c / 4); }
