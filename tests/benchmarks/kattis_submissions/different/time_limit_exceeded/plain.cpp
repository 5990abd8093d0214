#include <iostream>
int main() { long long a, b; while (std::cin >> a >> b) { volatile long long d = 0; while (a != b) { a += a < b ? 1 : -1; d = d + 1; } std::cout << d << "\n"; } }
