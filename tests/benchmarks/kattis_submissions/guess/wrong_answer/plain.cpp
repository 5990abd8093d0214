#include <iostream>
#include <string>
int main() { for (int g = 1; g <= 1000; ++g) { std::cout << g << std::endl; std::string s; std::cin >> s; if (s == "correct") return 0; } }
