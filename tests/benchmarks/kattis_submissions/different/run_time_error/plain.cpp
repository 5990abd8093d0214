#include <iostream>
#include <vector>
int main() { long long a, b; while (std::cin >> a >> b) { std::vector<long long> v{a, b}; std::cout << (v.at(0) < v.at(1) ? b - a : v.at(a > 1000 ? 9 : 0) - b) << "\n"; } std::vector<int>().at(3); }
