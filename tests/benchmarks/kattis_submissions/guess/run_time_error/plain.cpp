#include <iostream>
#include <cstdlib>
int main() { std::cout << 500 << std::endl; abort(); }
