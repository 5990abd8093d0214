#include <iostream>
#include <string>
#include <stdexcept>
int main() { int h; std::string p; std::cin >> h >> p; if (p.empty()) throw std::runtime_error("no path"); long long n = 1; for (char c : p) n = 2 * n + (c == 82); std::cout << (1LL << (h + 1)) - n << "\n"; }
