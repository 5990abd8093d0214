#include <iostream>
#include <string>
int main() { int h; std::string p; std::cin >> h >> p; short n = 1; for (char c : p) n = 2 * n + (c == 82); std::cout << (1LL << (h + 1)) - n << "\n"; }
