#include <cstdlib>
int main() { int *p = nullptr; volatile int x = 1; if (x) *(volatile int *)p = 3; }
