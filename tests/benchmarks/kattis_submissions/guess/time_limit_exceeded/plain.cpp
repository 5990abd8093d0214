#include <iostream>
int main() { std::cout << 500 << std::endl; volatile long long n = 0; while (true) n = n + 1; }
