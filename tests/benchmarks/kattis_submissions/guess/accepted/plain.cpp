#include <iostream>
#include <string>
int main() { int low = 1, high = 1000; std::string said; while (said != "correct") { int g = (low + high) / 2; std::cout << g << std::endl; std::cin >> said; if (said == "lower") high = g - 1; else low = g + 1; } }
