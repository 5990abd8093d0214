#include <cstdio>
int main() { puts("hello   WORLD!"); }
