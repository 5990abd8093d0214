#include <iostream>
int main() { volatile long long n = 0; for (long long i = 0; i < 100000000000; ++i) n = n + i; std::cout << n; }
